"""What people say about a bottled tea when nothing is the matter. Written for this story; see `wording` for the slots.

A phrase without `{b}` does not name the brand: it is said as an answer to one of the brand's accounts.
"""

COMPLAINTS = (
    (
        "{b} {r} di {toko} kosong [lagi|mulu|terus dari {lama}], [tolong dong distribusinya|kecewa banget "
        "sudah jauh-jauh|kapan ada stok sih]"
    ),
    "kenapa ya {b} sekarang [{harga}|jadi {harga}|naik ke {harga}], [mahal banget|kemarin masih murah|dompet nangis]",
    (
        "pesan {b} sekardus lewat {toko}, [dua|tiga|empat] botol penyok [semua|parah]. kurirnya [banting apa "
        "gimana|asal lempar]. kecewa"
    ),
    "[kurir|ekspedisinya] lama banget, pesan {b} dari {lama} sampai sekarang belum [sampai|dikirim|gerak statusnya]",
    "tutup botol {b} {r} susah banget dibuka, [tangan {aku} sampai merah|harus pakai tang|nyerah deh]",
    "{b} {r} yang baru kok rasanya [hambar|aneh|terlalu manis|kayak obat batuk], mending yang lama",
    (
        "[sorry to say|jujur|maaf ya] {b} sekarang kemanisan, [tenggorokan {aku} sampai sakit|bikin eneg|gak "
        "kuat habisin]"
    ),
    "isi {b} makin dikit, harga makin [naik|gila]. [kena inflasi apa|pelit amat|sedih]",
    "promo {b} beli 2 gratis 1 di {toko} ternyata sudah habis, [infonya gak jelas|zonk|buang waktu {aku} aja]",
    "{aku} DM {b} [{n} hari|dari {lama}] gak dibalas, [adminnya tidur?|cuma dibaca doang|pelayanannya buruk]",
    "label {b} {r} gampang lepas kena air, jadi [jelek|lengket semua di tas|kotor]",
    "Beli {b} {kapan} dapat yang hampir kedaluwarsa, [{toko}|tokonya] parah sih gak ngecek",
    "{b} di {kota} susah dicari, giliran ada harganya {harga}. [nyebelin|gak masuk akal]",
    "kecewa sama {b}, [es batunya|dinginnya] di {toko} mati terus jadi minum anget [kayak air mandi|gak enak]",
    "sedotan kertasnya {b} [cepet lembek|hancur duluan], tolong diganti",
    "min, {orang} sudah nunggu hadiah undian [sebulan|dari {lama}] kok gak ada kabar? [jangan php|bohong ya?]",
    "kok di {kota} belum ada juga sih min, [males|diskriminasi nih|sedih] ",
    "admin slow respon banget, komplain dari {lama} belum [ditanggapi|dibalas]",
    "harga naik tapi botolnya mengecil, [gak banget min|kecewa berat|rugi kita]",
    "paketku salah kirim, pesan {r} datangnya {r}. [ribet retur|capek deh|males urusnya] min",
    "gak ada yang {r} min? {toko} kosong melulu, [bosen nunggu|nyebelin]",
    "voucher {b} gak bisa dipakai, [error terus|katanya kuota habis padahal baru dibuka]. [penipuan nih|kesel]",
    "{b} kok diganti botol plastik tipis gini, [gampang penyok|murahan banget|gak ramah lingkungan]",
    "antri {b} di booth {kota} {n} jam [cuma dapat segelas kecil|malah kehabisan], [panas|capek], gak worth it",
    "larang [banget|bgt], {b} {harga} di bandara. [perampokan|gila aja]",
    "iki {b} kok saiki larang tenan, [{harga} jare|biyen ora semene], kapok aku",
    "naha {b} di {kota} meni awis pisan, [hanjakal|teu jadi meuli ah]",
    "bah, {b} di {toko} kosong terus, [cemana ini|malas kali aku balik-balik]",
    "kagak ada bedanya {b} {r} ama yang {r}, [boong doang labelnya|nyesel gue beli dua-duanya]",
    "{b} di {toko} mahal sekali ji, [kecewa ka|tidak jadi ma beli]",
)

COMPLAINTS_ENGLISH = (
    "{b} is out of stock [again|everywhere in {kota}|at every store near me], so annoying",
    "why is {b} {harga} now?? [way too expensive|the price hike is ridiculous]",
    "ordered a box of {b}, [two|three] bottles arrived [dented|leaking]. [disappointed|bad packaging]",
    "the new {b} {r} is way too sweet, [can't finish it|I really miss the old one]",
    "{b} customer service ignored me for {n} days, [terrible|not cool]",
)

PRAISE = (
    "{b} {r} dingin + {makan} = [bahagia|surga|nikmat mana lagi yang kau dustakan|kombinasi terbaik]",
    "[siang|panas|terik] begini {b} {r} paling [pas|enak|juara|nyegerin]",
    "baru pertama coba {b} {r} {kapan}, [ternyata enak banget|langsung jatuh cinta|nagih]",
    "{orang} ketagihan {b} {r}, sekulkas [isinya itu semua|penuh]. lucu banget",
    "wangi melatinya {b} tuh [khas banget|bikin tenang|kayak di rumah nenek], suka",
    "[gak nyangka|sumpah], {b} {r} seenak itu. [makasih yang rekomendasiin|wajib coba]",
    "{b} tuh manisnya pas, [gak bikin eneg|gak nyangkut di tenggorokan|segar]. [favorit|recommended]",
    "akhirnya nemu {b} {r} di {toko}, [senangnya|auto borong {n}|happy]",
    "mood booster {aku} tiap lembur: {b} {r} sama {makan}",
    "adminnya {b} ramah banget, botol penyok langsung [diganti|dikirim ulang]. [salut|mantap|makasih ya]",
    "{b} bagi-bagi [takjil|teh gratis|sembako] di {kota} {kapan}, [keren|berkah selalu|terharu]",
    "rekomendasi {aku}: {b} {r} kasih es batu yang banyak, [enak pol|seger parah|juara]",
    "kerja dari kafe? nggak, dari teras ditemani {b} {r}. [nikmat|damai|hidup indah]",
    "kemasan baru {b} cakep, [warnanya adem|estetik|bisa buat pajangan]",
    "{b} {r} enak banget, tolong jangan pernah diskontinyu",
    "suka sama kampanye {b} soal [daur ulang botol|petani teh], [keren|lanjutkan]",
    "{b} {r} iki seger tenan rek, [cocok karo {makan}|joss]",
    "{b} {r} raos pisan euy, [seger|cocok jeung {makan}]",
    "mantap kali {b} ini bah, minum habis makan {makan} [sedap|tiada lawan]",
    "enak sekali mi {b} {r}, [cocok dengan coto|suka ka]",
    "sedaaap min, {r} paling juara. [sehat selalu ya|love banget]",
    "suka banget varian {r} min, [makasih sudah ada di {kota}|pertahankan ya]",
    "desainnya lucu banget min, [mau koleksi|gemas]",
    "makasih min kirimannya sudah sampai, [aman|rapi|cepat]. [puas|bintang lima]",
    "review jujur {b} {r}: [segar|wangi], manisnya pas, harga {harga} [worth it|ramah kantong]. 9/10",
    "nyobain {b} bareng {orang}, katanya [enak|lebih suka yang {r}]. sepakat keluarga kami suka",
)

PRAISE_ENGLISH = (
    "{b} {r} after a long day hits different, [love it|so good]",
    "finally tried {b} {r} and I'm obsessed, [so refreshing|best bottled tea here]",
    "ok {b} {r} with {makan} is elite, [no notes|10/10]",
    "honestly {b} is the best thing in {toko}, [really happy|thank you]",
)

CHATTER = (
    "{aku} tim {b} {r}, kalian tim apa?",
    "lagi di {toko}, beli {b} {n} sama {makan}",
    "{kapan} {orang} nitip {b} {r} [sebotol|{n} botol]",
    "menu {kapan}: {makan} sama {b}",
    "[ada|siapa] yang sudah coba {b} {r}? bagaimana rasanya?",
    "{b} {r} ada di {kota} gak ya?",
    "bedanya {b} {r} sama {r} apa sih",
    "jual {b} ecer dan kardusan, {harga} per botol, area {kota}, minat DM",
    "open order {b} {r} [{kota}|sekitar {kota}], COD {nanti} ya",
    "{b} buka booth di {kota} [akhir pekan ini|sampai Minggu|mulai besok]",
    "unboxing {b} {r} kemasan baru, video lengkap di profil",
    "kulkas kos isinya {b} sama telur doang",
    "resep es {b} {r}: tambah selasih, jeruk nipis, es batu. sudah.",
    "botol {b} bekas {aku} jadikan pot [kaktus|sirih gading|cabai]",
    "ini {b} {r} boleh untuk anak umur [2|3|4] tahun gak?",
    "gula {b} {r} berapa gram sih per botol?",
    "{b} yang {r} kafeinnya tinggi gak? {orang} gak bisa tidur",
    "[min|kak admin|halo min], yang {r} [masih ada|sudah ada di {kota}|isi berapa ml]?",
    "min mau tanya, jadi reseller [di {kota}|caranya] bagaimana ya?",
    "promo [akhir bulan|gajian|Jumat] ada gak min?",
    "hadir min dari {kota}",
    "halal kan min? ada nomornya di botol sebelah mana",
    "kirim ke {kota} [bisa|berapa hari] min?",
    "pilihan di {toko} cuma {b} sama air putih, ya sudah {b}",
    "numpang tanya lokasi pabrik {b} di mana ya, mau melamar kerja",
    "absen yang lagi minum {b} di {kota}",
    "{b} vs teh sebelah, [menurut kalian|vote] pilih mana",
)

CHATTER_ENGLISH = (
    "does anyone know if {b} {r} is available in {kota}?",
    "how much sugar is in {b} {r}?",
    "having {makan} with {b} {r} in {kota}",
    "comparing {b} {r} with other bottled teas, video [tomorrow|later today]",
)

NEWS = (
    (
        ("Teh Rintik Tambah Gudang di {kota}, Target Kirim Lebih Cepat"),
        (
            "Produsen minuman Teh Rintik menambah gudang di {kota}. Perusahaan menyebut waktu kirim ke toko kini "
            "[dua|tiga] hari."
        ),
    ),
    (
        ("Pasar Teh Kemasan Tumbuh, Teh Rintik dan Teh Kelana Bersaing"),
        (
            "Penjualan teh kemasan naik menjelang [musim kemarau|akhir tahun|liburan]. Teh Rintik mengandalkan "
            "varian {r}."
        ),
    ),
    (
        "Teh Rintik Ajak Warga {kota} Daur Ulang Botol",
        ("Program tukar botol Teh Rintik di {kota} mengumpulkan [dua|tiga|lima] ribu botol plastik dalam sepekan."),
    ),
    (
        "Petani Teh Mitra Teh Rintik Ikuti Pelatihan di {kota}",
        ("Sekitar [40|60|85] petani mengikuti pelatihan mutu daun yang digelar Teh Rintik."),
    ),
    (
        "Harga Teh Kemasan Naik, Pedagang di {kota} Mengeluh",
        ("Pedagang menyebut harga Teh Rintik naik menjadi {harga} per botol sejak {kapan}."),
    ),
)

OWN_POSTS = (
    "Panas-panas begini, sudah minum apa hari ini? Teh Rintik {r} siap menemani 🍃",
    "Selamat [pagi|siang|sore], Sobat Rintik! Tag teman yang suka varian {r} ya 💚",
    "Kabar baik untuk Sobat Rintik di {kota}: varian {r} sudah tersedia di toko terdekat!",
    "Tukar 10 botol bekas dengan 1 Teh Rintik di {kota}, Sabtu ini. Ajak keluarga ya ♻️",
    "Kuis! Tebak berapa lembar daun teh di botol ini. Tiga jawaban terdekat dapat sekardus Teh Rintik {r}.",
    "Terima kasih petani mitra kami di {kota}. Setiap daun dipetik dengan tangan 🍃 #TehRintik",
)
OWN_REPLIES = (
    "Halo Kak, [terima kasih infonya|mohon maaf ya]. Boleh kirim DM nomor pesanannya? Kami bantu cek 🙏",
    "Hai Kak! Varian {r} sedang kami kirim ke {kota}, ditunggu ya 💚",
    "Terima kasih sudah memilih Teh Rintik, Kak! [Sehat selalu|Salam untuk keluarga] 🍃",
)

RIVAL_POSTS = (
    "Teh Kelana {r} hadir di {kota}! Temukan rasa perjalananmu ✈️",
    "Beli 3 gratis 1, khusus akhir pekan di {toko}. #TehKelana",
    "Ke mana kamu akhir pekan ini? Jangan lupa bekal Teh Kelana dingin.",
)
RIVAL_TALK = (
    "Teh Kelana {r} [enak juga|lumayan|biasa aja] sih [menurutku|ternyata], {harga} doang",
    "cobain Teh Kelana di {toko}, [lumayan|gak cocok di lidah {aku}|wangi]",
    "Teh Kelana lagi promo di {kota}, [gas|ayo borong]",
)

NOISE = (
    "[rintik|gerimis rintik|rintik hujan] di {kota} {kapan}, [sendu|syahdu|jemuran belum diangkat]",
    "hujan rintik-rintik begini enaknya [ngeteh|tidur|makan {makan}]",
    "rintik hujan dan [secangkir teh|segelas kopi], lalu [ingat kamu|lamunan panjang|sepi]",
    "payung ketinggalan, untung cuma rintik [sampai stasiun|sampai kantor]",
    "{kota} rintik dari {lama}, [hati-hati jalan licin|macet|banjir gak ya]",
    "Rintik Sendu - lagu yang [cocok buat galau|diputar terus {kapan}]",
    "rintik di atas genteng, [suara paling menenangkan|kangen rumah]",
    "puisi {kapan}: rintik jatuh, kau tak kunjung pulang",
)
