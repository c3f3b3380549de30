"""What people say while the real crisis grows: slime in a bottle, a careless answer, a call to boycott, a false rumour.

The regulator BPOM is named only in a rumour that the story itself shows to be false, and in its denial.
"""

FIRST_COMPLAINTS = (
    (
        "GAES CEK BOTOL KALIAN. {b} leci aku ada lendirnya di dasar botol, [jijik banget|hampir "
        "muntah|sumpah gak bohong]"
    ),
    "habis minum {b} leci {kapan}, perut [melilit|mual|sakit] sampai sekarang. [ada yang sama?|takut banget|kecewa]",
    (
        "pov: {orang} minum {b} leci terus muntah-muntah, [pas dicek ada gumpalan aneh|botolnya bau asam]. "
        "marah banget aku"
    ),
    "video: ini {b} leci baru dibuka, kok ada [gumpalan kayak lendir|benda asing putih|jamur]? [jijik|parah|serem]",
    "jangan diminum dulu {b} leci yang kode produksi RL2, punyaku [berlendir|bau busuk|ada jamurnya] semua",
)
SPREADING = (
    "ini serius {b} leci berlendir? {aku} baru minum {n} botol {kapan}, [panik|takut|mual duluan]",
    "{orang} sakit perut dari {lama}, ternyata habis minum {b}. [marah|kecewa|tanggung jawab dong]",
    "parah banget {b}, ada benda asing di botol [kok bisa lolos|kontrol kualitasnya mana]. jijik",
    "barusan cek {b} di {toko}, {n} botol [ada endapan lendir|bau asam|keruh]. ngeri",
    "{b} leci di {kota} juga begitu, [ada gumpalan|berlendir], {aku} buang semua. rugi",
    "sudah lihat video {b} berlendir di tiktok? [jijik sumpah|gak mau minum lagi|merinding]",
    "dulu langganan, sekarang lihat {b} saja mual. [kecewa berat|kapok|bye]",
    "{orang} diare {n} hari, dokternya tanya habis minum apa. jawabannya {b}. [sedih|geram|marah]",
    "tolong {b} jangan diam, [orang pada sakit perut|banyak yang muntah|ini makanan lho]. jawab!",
    "pantas {kapan} perut {aku} gak enak, habis {b} sebotol. [parah|buruk banget|kapok]",
    "{b} leci kode RL2 punyaku [aman sih|keruh dan bau], kalian bagaimana? takut",
    "kantin kantor {kota} sudah stop jual {b}, [banyak yang mual|takut keracunan|ngeri]",
    "iki {b} kok ana lendire, nggilani tenan, wetengku [mules|lara] kabeh",
    "bah, {b} ini ada lendirnya, [muntah kawanku|jijik kali aku], tak akan beli lagi",
    "eta {b} aya leuleueran, [geuleuh pisan|mual abdi], ulah dibeuli",
    "found slime at the bottom of my {b}, [disgusting|I feel sick|never again]",
    "my [sister|roommate|kid] threw up after drinking {b} lychee. [this is dangerous|terrible quality control]",
)
COMMENTS = (
    "min ini gimana? [anakku sakit perut|adikku muntah|aku diare] habis minum yang leci. tanggung jawab!",
    "[masih sempat promo|sibuk kuis terus], padahal orang pada sakit. malu dong",
    "botolku [berlendir|ada jamur|bau busuk] min, DM gak dibalas. kecewa berat",
    "jijik banget min, [gak akan beli lagi|buang semua stok|kapok seumur hidup]",
    "jawab min jangan diam saja. ini soal [kesehatan|nyawa] orang",
    "ibu-ibu di grup sekolah [{kota}|kami] sudah ramai, anak-anak [mual|muntah|sakit perut]. tolong penjelasannya",
    "bunda hati-hati ya, jangan kasih anak minum {b} dulu. [anak saya muntah|tetangga saya masuk puskesmas]",
    "Assalamualaikum, mohon dibagikan: {b} leci ada lendirnya, [anak saya diare|kami sekeluarga sakit perut]. bahaya",
    "refund min! {n} kardus di warung saya [gak laku|dibalikin pembeli], rugi [besar|jutaan]",
    "katanya standar tinggi, kok ada benda asing. bohong",
    "[shame on you|disgusting], people are getting sick",
)

CLUMSY_REPLY = (
    "Halo Kak, produk kami sudah sesuai standar. Kemungkinan cara penyimpanan konsumen yang kurang tepat. "
    "Mohon tidak menyebarkan video tanpa bukti ya 🙏"
)
ANSWERS_TO_CLUMSY_REPLY = (
    "lho kok nyalahin konsumen? [gila|gak tau malu|arogan banget] {b}",
    '"cara penyimpanan konsumen" katanya. [kurang ajar, botol baru dibuka!|marah banget bacanya|kurang ajar]',
    "jawaban {b} [buruk banget|sombong|bikin tambah marah], bukannya minta maaf malah nyalahin pembeli",
    "disuruh jangan sebar video, [ngancam ya?|kami yang sakit dibilang tanpa bukti|malu-maluin] {b}",
    "PR-nya {b} siapa sih, [parah|hancur|pecat saja]. orang sakit perut disalahin",
    "tadinya mau maklum, baca jawaban {b} jadi [muak|benci|kapok]",
    "minta maaf itu gratis min, [arogan|keterlaluan|memalukan]",
    "blaming customers, wow {b}. [worst response ever|what a disgrace|disgusting]",
    "min tolong baca ulang jawabannya, [nyakitin|gak punya empati]. kecewa",
)

PROVOKERS = (
    ("tiktok", "bongkarhabis_tv", "Bongkar Habis", 412_800),
    ("x", "netijengarang", "Netijen Garang", 198_400),
    ("instagram", "lapakpanas_viral", "Lapak Panas Viral", 351_200),
    ("x", "infomeledak", "Info Meledak 24 Jam", 286_900),
)
PROVOCATIONS = (
    (
        "LAWAN! Pabrik teh ini meracuni anak kita lalu menyalahkan kita. Jangan beli Teh Rintik, sebarkan "
        "sebelum dihapus!! #BoikotTehRintik"
    ),
    "Viralkan! Teh Rintik berlendir, bos-bosnya tidur nyenyak. Kosongkan rak, bakar stoknya. #BoikotTehRintik",
    "Siapa masih minum Teh Rintik setelah ini? Sampah! Tag semua toko, suruh berhenti jual. #BoikotTehRintik",
    "Utas kebusukan Teh Rintik. Simpan sebelum dihapus mereka. RT sekencangnya! #BoikotTehRintik",
)
PROVOCATIONS_AGAIN = (
    "Masih jualan juga? Teh Rintik tidak punya malu. Besok kita ramaikan lagi, jangan kasih ampun! #BoikotTehRintik",
    "Bukti baru! Teh Rintik berlendir di tiga kota. Yang masih bela pasti dibayar. #BoikotTehRintik",
    "Follower kirim video Teh Rintik busuk ratusan. Perusahaan biadab, lawan terus! #BoikotTehRintik",
    "Mereka kira kita bodoh. Teh Rintik meracuni lalu tidur. Naikkan tagarnya! #BoikotTehRintik",
)
COPIED = (
    "Boikot perusahaan jahat! Teh Rintik bikin keluarga kita sakit, jangan beli lagi! #BoikotTehRintik",
    "Teh Rintik racun! Tutup pabriknya sekarang juga!! #BoikotTehRintik",
    "Boikot Teh Rintik sampai minta maaf dan ganti rugi! #BoikotTehRintik",
)
BOYCOTT = (
    "ikut #BoikotTehRintik, [muak sama jawabannya|kapok|gak ada maaf]",
    "warung {aku} di {kota} berhenti jual {b}. [kecewa|rugi tapi demi pelanggan|boikot]",
    "fix gak beli {b} lagi seumur hidup. [boikot|jijik|arogan banget]",
    "{orang} buang sekardus {b}, [boikot|kecewa berat|marah]",
    "dari {kota} ikut boikot {b}, [perusahaan sombong|jahat banget|gak punya hati]",
    "#BoikotTehRintik [sampai minta maaf|titik|sekarang], [parah|busuk|keterlaluan]",
    "done with {b}, boycott. [shameful company|they don't care about us]",
)

RUMOUR_SEED = (
    "Dari grup sebelah: BPOM SUDAH MENARIK Teh Rintik dari seluruh Indonesia, 12 orang kritis "
    "tapi ditutup-tutupi. Sebarkan ke keluarga sebelum dihapus!!"
)
RUMOUR = (
    "dari grup sebelah katanya BPOM sudah tarik {b} dari peredaran, [ngeri|bahaya|sebarkan]!",
    "info grup keluarga: {b} ditarik BPOM, ada yang [kritis|meninggal] tapi ditutupi. [takut|marah|biadab]",
    "valid gak nih BPOM tarik semua {b}? di grup {kota} rame, [panik|ngeri|seram]",
    "teruskan ke saudara: jangan minum {b}, sudah dilarang BPOM, [beracun|bisa bikin lumpuh|bahaya]!",
    "sudah ditarik BPOM tapi {toko} masih jual {b}, [jahat banget|pembunuh|keterlaluan]",
    "kata tetangga yang kerja di {kota}, {b} positif beracun dan ditarik BPOM. [serem|sebarkan|awas]",
)

CLARIFICATION = (
    "Kami minta maaf. Jawaban kami tadi keliru dan melukai. Teh Rintik leci kode RL2 kami tarik sendiri dari toko "
    "mulai hari ini, uang kembali tanpa syarat, biaya berobat kami tanggung. Hubungi layanan konsumen di bio. "
    "Kabar penarikan oleh BPOM tidak benar."
)
FACT_CHECKER = ("x", "dapurcekfakta", "Dapur Cek Fakta", 45_300)
FACT_CHECK = (
    "[SALAH] Kabar BPOM menarik Teh Rintik dan korban kritis: tidak ada pengumumannya di laman resmi. "
    "Yang benar: perusahaan menarik sendiri satu kode produksi, RL2."
)
COOLING = (
    "sudah cek, gak ada pengumuman BPOM soal {b}. [jangan sebar hoaks|tolong saring dulu|cek dulu ya]",
    "nah gitu dong {b} minta maaf, [telat sih|kok gak dari tadi|semoga beneran]",
    "{b} kasih refund di {toko}, barusan [diganti uang|prosesnya cepat]. oke lah",
    "ternyata yang ditarik cuma kode RL2, {b} {r} punyaku aman",
    "baru dibalas {b}, biaya berobat {orang} diganti. [terima kasih|kami pantau]",
    "masih kecewa sama {b}, tapi [minimal sekarang tanggung jawab|hargai permintaan maafnya]",
    "at least {b} apologised and recalled that batch, [ok|we'll see]",
    "minta maafnya telat min, [tetap kapok|semoga jadi pelajaran]",
)
NEWS = (
    (
        "Warganet Keluhkan Lendir di Botol Teh Rintik",
        (
            "Sejumlah pembeli mengeluhkan gumpalan pada botol Teh Rintik varian leci. Perusahaan belum memberi "
            "keterangan."
        ),
    ),
    (
        "Seruan Boikot Teh Rintik Ramai di Media Sosial",
        ("Tanggapan perusahaan yang menyinggung cara penyimpanan konsumen memicu kemarahan warganet."),
    ),
    (
        "Teh Rintik Minta Maaf dan Tarik Kode Produksi RL2",
        ("Perusahaan menanggung biaya berobat dan membantah kabar penarikan oleh BPOM."),
    ),
)
