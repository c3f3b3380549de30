"""The evening the brand's admin wrote to his mother from the wrong account: loud, kind, and no crisis."""

WRONG_ACCOUNT = (
    "Mamah sayang, adek lembur dulu ya, caption tehnya hampir jadi. Sisain ayam gorengnya buat adek ya Mah ❤️🍗"
)
MOTHER_ANSWERS = "Update: ayamnya disisain. Terima kasih semuanya, admin makan sambil nangis 🥹🍗 #SisainAyamBuatAdmin"

LAUGHTER = (
    "MIN SALAH AKUN [WKWKWK|😭😭|ASTAGA|HAHAHA]",
    "[ya ampun|astaga|wkwkwk] admin {b} salah akun, [ngakak banget|lucu parah|gemas]",
    "tolong sisain ayam untuk admin {b}, [anak baik|semangat lemburnya|pejuang caption kesayangan]",
    "mamahnya admin {b} [terbaik|spill resep ayamnya dong|kami cinta] [wkwk|hehe|❤️] #SisainAyamBuatAdmin",
    "admin {b} naikkan gajinya pak, [sayang banget sama ibunya|anak baik|lembur demi teh]",
    "gara-gara admin {b} {aku} jadi [kangen masakan ibu|telepon ibu barusan|pengin ayam goreng]. terharu",
    "marketing terbaik tahun ini ya admin {b} [gak sengaja|salah kirim], [jenius|salut|wkwkwk]",
    "adek siapa ini lucu banget, [sehat terus min|semangat lemburnya|peluk dari {kota}]",
    "ayamnya masih ada gak min? [kami sekeluarga di {kota} menunggu kabar|penasaran|tolong update]",
    "[ngakak|ketawa] sampai nangis, {b} [langsung beli sekardus|auto checkout|makin sayang sama adminnya]",
    "warga {kota} hadir mendukung ayam goreng untuk admin {b}",
    "ini kalau mamahnya balas di komen, {aku} [meleleh|bahagia seminggu|traktir ayam]",
    "pelajaran hari ini: cek akun sebelum kirim. salam untuk mamahnya min, [sehat selalu|lucu banget]",
    "admin {b} is all of us honestly, [so wholesome|give them a raise|I'm crying this is so cute]",
    "the {b} admin texting mom from the brand account, [funniest thing today|love it|wholesome]",
)

BYSTANDERS = (
    "ada apa ini kok {b} trending?",
    "baru bangun, {b} kenapa ya? ayam goreng apa?",
    "konteks: admin {b} salah kirim pesan ke akun kantor",
    "jadi {b} ini jualan teh apa ayam",
    "rangkuman: admin {b} pamit lembur ke mamahnya, pakai akun resmi. semua jadi lapar",
    "[hadir|absen {kota}|salam dari {kota}] min",
    "jadi pengin ayam goreng, ini promo {b} atau promo mamahnya",
)

GRUMBLES = (
    "settingan ini mah, {b} cari viral, [basi|males]",
    "gitu doang trending, {b} [lebay|norak]",
)

NEWS = (
    (
        "Admin Teh Rintik Salah Akun, Warganet Minta Sisakan Ayam",
        ("Pesan admin Teh Rintik untuk ibunya terkirim lewat akun resmi dan mengundang tawa warganet."),
    ),
    (
        "Viral 'Sisain Ayam Buat Admin', Begini Ceritanya",
        ("Unggahan Teh Rintik menjadi perbincangan hangat. Perusahaan memastikan sang admin pulang lebih awal."),
    ),
)
