"""Wording that speaks for a cause, in Indonesian and English: roots by stem, and turns of phrase; ours, and weighed.

A weight in [0, 1] says how far such wording alone speaks for the cause. Looked for in text as
`core.diagnosis.remarks.plain` writes it: small letters, chat spellings written out, no marks.
"""

from collections.abc import Mapping

Cues = tuple[tuple[float, str], ...]

# One line a weight: roots that stand for all words made from them (racun: keracunan, beracun, meracuni).
ROOTS: Mapping[str, Cues] = {
    "product_quality": (
        (0.9, "lendir racun muntah diare basi jamur belatung"),
        (0.7, "rusak cacat busuk mual gosong bocor oplos gangguan lambat putus"),
        (0.5, "bau kotor hancur jelek buruk kecewa keruh mati"),
        (0.3, "mahal kapok komplain refund"),
    ),
    "slow_response": ((0.3, "tunggu"),),
    "legal": (
        (0.8, "gugat pidana tersangka sidang terdakwa somasi dakwa vonis"),
        (0.5, "hukum polisi jaksa pengadilan"),
    ),
    "unlawful": ((0.9, "korupsi suap gelap sogok oplos"), (0.6, "curang pungli monopoli ilegal langgar")),
    "scandal": ((0.9, "skandal selingkuh"), (0.6, "bongkar aib kedok")),
    "financial": ((0.9, "pailit bangkrut phk gagal-bayar"), (0.6, "utang tunggak rugi gaji")),
    "discrimination": ((0.9, "diskriminasi"), (0.5, "pilih-kasih")),
    "sara": ((0.9, "rasis nista kafir"), (0.6, "hina leceh agama suku etnis")),
    "staff_misconduct": ((0.8, "bentak tampar pukul usir maki pelecehan"), (0.4, "kasar judes jutek")),
    "inappropriate_content": ((0.8, "cabul porno vulgar mesum"), (0.6, "senonoh seksis jorok")),
    "hoax": ((0.9, "hoaks"), (0.5, "fitnah")),
    "account_takeover": ((0.9, "retas bajak"),),
    "malware": ((0.9, "apk phishing malware"), (0.5, "tautan-palsu")),
    "accident": ((0.8, "celaka ledak tabrak korban-jiwa terguling"), (0.6, "bakar tewas roboh runtuh")),
    "disaster": ((0.9, "gempa tsunami erupsi longsor"), (0.7, "banjir badai")),
    "controversy": ((0.8, "boikot kontroversi"), (0.5, "polemik kecam protes")),
    "bad_handling": ((0.7, "arogan"), (0.5, "sombong empati")),
    "miscommunication": ((0.7, "rancu"), (0.6, "ambigu bingung")),
    "consumer_attack": ((0.6, "hujat"), (0.4, "serbu")),
    "competitor_attack": ((0.6, "saing"),),
}

# Turns of phrase, as patterns on the same text.
TURNS: Mapping[str, Cues] = {
    "product_quality": (
        (0.9, r"sakit perut|benda asing|tidak layak (?:makan|konsumsi|pakai)|food poisoning|threw up|made me sick"),
        (
            0.9,
            (
                r"(?:found|there'?s|there is) (?:a )?(?:slime|mou?ld|bugs?|hair|insects?)|slime|moldy|mouldy|defective|"
                r"undrinkable"
            ),
        ),
        (
            0.8,
            r"poor quality|(?:terrible|bad|worst) (?:quality|product|service|food|airline|experience)|doesn t work",
        ),
        (
            0.7,
            (
                r"kualitas(?:nya)? (?:turun|menurun|buruk|jelek|parah)|kontrol kualitas|quality control|not working|"
                r"(?:is|are|goes|went|been) down|outage|crash(?:es|ed|ing)?"
            ),
        ),
        (
            0.7,
            (
                r"tidak (?:bisa|dapat) (?:login|log in|masuk|akses|dibuka|connect|konek|internet|dipakai|transaksi|"
                r"main)|\bdown\b"
            ),
        ),
        (
            0.7,
            (
                r"cancel+(?:ed|led|ing|lation)|flight(?:ed|led|r)? (?:delayed|cancelled)|delay(?:ed|s)?|"
                r"lost (?:my )?(?:bag|luggage|bags)|stranded|stuck (?:in|at|on)"
            ),
        ),
        (
            0.6,
            (
                r"tidak sesuai (?:pesanan|deskripsi|gambar|iklan)|barang(?:nya)? (?:belum|tidak) (?:datang|sampai)|"
                r"internet (?:mati|putus|lambat|gangguan|hilang)"
            ),
        ),
        (
            0.5,
            (
                r"broken|disgusting|gross|refund|not worth|overpriced|ripped off|never (?:buying|flying|using) (?:it |"
                r"this )?again"
            ),
        ),
    ),
    "slow_response": (
        (
            0.9,
            (
                r"tidak (?:di ?|mem)?(?:balas|jawab|respon|tanggapi)\w*|belum (?:di ?)?(?:balas|jawab|respon|"
                r"tanggapi)\w*"
            ),
        ),
        (
            0.9,
            (
                r"(?:no|without|still no|zero) (?:response|reply|answer)|(?:never|not|hasn t|haven t|"
                r"won t) (?:responded?|repl(?:y|ied)|answer(?:ed)?|call(?:ed)? back)"
            ),
        ),
        (
            0.9,
            (
                r"on hold (?:for|over|since)|(?:hours?|hrs|minutes?|mins?) on hold|been on hold|dicuekin|dianggurin|"
                r"diabaikan|jangan diam"
            ),
        ),
        (
            0.7,
            (
                r"(?:respon|balas|jawab)\w* (?:sangat |super |banget )?lama|lama (?:banget )?(?:dibalas|direspon|"
                r"dijawab)|slow (?:response|to respond)"
            ),
        ),
        (
            0.5,
            (
                r"(?:dm|chat|email|telepon|tlp) (?:saya |aku |kami )?(?:tidak|belum) (?:pernah )?(?:dibaca|dibalas|"
                r"diangkat)|ignor(?:ed|ing|es) (?:me|us|my|customers)"
            ),
        ),
    ),
    "bad_handling": (
        (
            0.9,
            (
                r"(?:menyalahkan|nyalahin|salahkan|disalahkan|disalahin) (?:konsumen|pembeli|pelanggan|kita|kami|orang|"
                r"korban)?|blam(?:e|es|ed|ing) (?:the )?(?:customers?|victims?|us|consumers?)"
            ),
        ),
        (
            0.8,
            (
                r"(?:bukannya|bukan nya|malah) (?:minta maaf|menyalahkan|nyalahin|ngancam|mengancam)|cuci tangan|"
                r"lepas tangan|tidak (?:ada )?(?:mau )?(?:tanggung jawab|bertanggung jawab|minta maaf)"
            ),
        ),
        (
            0.8,
            (
                r"(?:worst|terrible|awful|pathetic|arrogant|tone deaf|disgraceful) (?:response|statement|apology|reply|"
                r"pr)|non apology|damage control"
            ),
        ),
        (
            0.7,
            (
                r"(?:jawaban|klarifikasi|pernyataan|tanggapan|permintaan maaf)\w* (?:\w+ ){0,2}(?:buruk|arogan|sombong|"
                r"ngawur|konyol|tidak tulus|bikin|membuat|setengah hati|melukai)|minta maaf itu gratis|tidak tahu malu"
            ),
        ),
        (
            0.6,
            (
                r"tidak (?:ada |punya )(?:empati|hati)|pr nya (?:\w+ ){0,2}(?:siapa|parah|hancur)|ditutup tutupi|"
                r"covering (?:it )?up|hapus komentar|komentar(?:ku|nya)? dihapus|delet(?:es|ed|ing) (?:my |"
                r"our )?comments"
            ),
        ),
    ),
    "miscommunication": (
        (0.9, r"salah (?:ketik|tulis|info|kirim|posting|paham|tafsir)|typo|misleading (?:statement|info|tweet|post)"),
        (
            0.8,
            (
                r"(?:maksud(?:nya)?|info(?:rmasi)?nya|penjelasan(?:nya)?|syarat(?:nya)?|ketentuan(?:nya)?) (?:apa|"
                r"tidak jelas|membingungkan|simpang siur|beda beda)|confus(?:ing|ed) (?:announcement|terms|statement|"
                r"message|about)"
            ),
        ),
        (
            0.7,
            (
                r"tidak (?:ada )?(?:jelas|penjelasan|dijelaskan)|beda (?:sama|dengan) (?:pengumuman|iklan|"
                r"yang di ?(?:web|aplikasi))|unclear|contradict(?:s|ing|ory)"
            ),
        ),
        (0.5, r"jadi (?:yang )?(?:benar|bener) (?:yang )?mana|yang benar mana|which (?:one )?is (?:it|true|correct)"),
    ),
    "legal": (
        (
            0.9,
            (
                r"(?:lapor(?:kan|in|an)?|melapor(?:kan)?|dilaporkan) (?:ke |kepada )?"
                r"(?:polisi|bareskrim|polda|ojk|kppu|"
                r"kpk|ylki|bpkn|kejaksaan)|digugat|gugatan|jalur hukum|tempuh (?:jalur )?hukum|naik ke pengadilan"
            ),
        ),
        (
            0.9,
            (
                r"law ?suit|sue (?:them|over|the|for)|sued (?:by|for|over)|suing (?:them|over|the|for)|class action|"
                r"court|prosecut(?:e|ed|ors?)|indict(?:ed|ment)|(?:kpk|kppu|ojk|bareskrim|kejagung|"
                r"kejaksaan) (?:\w+ ){0,2}(?:periksa|geledah|sita|tahan|panggil|tetapkan|selidiki)"
            ),
        ),
        (
            0.7,
            (
                r"ditetapkan (?:sebagai |jadi )?tersangka|diperiksa (?:kpk|polisi|kejaksaan|ojk|kppu)|"
                r"under investigation|subpoena"
            ),
        ),
    ),
    "unlawful": (
        (
            0.9,
            (
                r"pengoplosan|dioplos|penggelapan|pencucian uang|kick ?backs?|brib(?:e|ed|ery|es)|money laundering|"
                r"price fixing|tax evasion|embezzl\w+"
            ),
        ),
        (
            0.7,
            (
                r"melanggar (?:hukum|aturan|undang undang|uu|izin)|tanpa izin(?: edar)?|illegal(?:ly)?|buang limbah|"
                r"pencemaran|dumping waste|pekerja anak|child labou?r"
            ),
        ),
    ),
    "scandal": (
        (
            0.9,
            (
                r"scandal|affair|sex ?tape|leaked (?:chat|video|documents|emails?)|bocoran (?:chat|dokumen|video)|"
                r"cover ?up"
            ),
        ),
        (
            0.6,
            (
                r"kasus (?:\w+ )?(?:bos|direktur|ceo|pemilik|artis|petinggi)|(?:ceo|founder|owner|"
                r"director) (?:\w+ ){0,3}(?:resign|caught|arrested|accused)|dibongkar"
            ),
        ),
    ),
    "financial": (
        (
            0.9,
            (
                r"gagal bayar|phk (?:massal|besar|ribuan|karyawan)|bankrupt(?:cy)?|insolven(?:t|cy)|layoffs?|lay offs|"
                r"laid off|default(?:ed)? on|pkpu"
            ),
        ),
        (
            0.7,
            (
                r"gaji (?:\w+ ){0,2}(?:belum|tidak) dibayar|(?:dana|uang|saldo|tabungan) (?:nasabah |kami |"
                r"saya )?(?:hilang|raib|tidak bisa (?:ditarik|dicairkan))|unpaid (?:salaries|wages)|can t withdraw|"
                r"saham (?:anjlok|jatuh|ambruk)"
            ),
        ),
    ),
    "discrimination": (
        (
            0.9,
            (
                r"discriminat\w+|didiskriminasi|beda(?:kan|in)? (?:perlakuan|pelayanan)|ditolak (?:karena|"
                r"gara gara) (?:jilbab|hijab|agama|suku|ras|difabel|disabilitas|kulit)|larang(?:an)? (?:jilbab|hijab)"
            ),
        ),
        (
            0.7,
            (
                r"because (?:i m|she s|he s|they re|we re) (?:black|asian|muslim|disabled|gay|a woman|in a wheelchair)|"
                r"refused (?:to serve|service)|(?:penyandang )?(?:difabel|disabilitas) (?:\w+ ){0,3}(?:ditolak|"
                r"diturunkan|dipersulit)"
            ),
        ),
    ),
    "sara": (
        (
            0.9,
            (
                r"(?:hina|menghina|menista(?:kan)?|penistaan|melecehkan|pelecehan|ejek|mengejek|"
                r"merendahkan) (?:\w+ ){0,2}(?:agama|islam|kristen|katolik|hindu|buddha|nabi|quran|alkitab|suku|etnis|"
                r"orang (?:papua|jawa|sunda|batak|madura|cina|timur)|ulama|umat)"
            ),
        ),
        (
            0.9,
            (
                r"racis(?:t|m)|blasphem(?:y|ous)|(?:insult|mock|offend)(?:s|ed|ing)? (?:\w+ ){0,2}(?:islam|muslims?|"
                r"christians?|religion|hindus?|papuans?|the prophet|faith)|anti (?:islam|kristen|cina|papua)|"
                r"islamophob\w+"
            ),
        ),
    ),
    "staff_misconduct": (
        (
            0.9,
            (
                r"(?:karyawan|pegawai|staf|satpam|kurir|driver|sopir|kasir|pramugari|cs|admin|petugas|teknisi|bos|"
                r"manajer|manager|direktur)\w* (?:\w+ ){0,3}(?:kasar|bentak|membentak|marah marah|maki|memaki|memukul|"
                r"pukul|tampar|menampar|pungli|mencuri|maling|pelecehan|melecehkan|tidak sopan|judes|jutek|usir|"
                r"mengusir|ancam|mengancam)"
            ),
        ),
        (
            0.9,
            (
                r"(?:rude|abusive|racist|violent|drunk|aggressive) (?:staff|employees?|driver|agents?|manager|crew|"
                r"attendants?|security|rep|reps)|(?:staff|employee|driver|agent|manager|security|"
                r"the ceo) (?:\w+ ){0,3}(?:yell(?:ed|ing)|assault(?:ed)?|harass(?:ed|ing|ment)?|hit|insulted|stole|"
                r"was (?:so |very )?rude)"
            ),
        ),
        (
            0.6,
            (
                r"pelecehan seksual|sexual harassment|pecat (?:karyawan|pegawai|staf|orangnya|kurir)|fire (?:that|this|"
                r"the) (?:employee|manager|driver)"
            ),
        ),
    ),
    "inappropriate_content": (
        (
            0.9,
            (
                r"(?:iklan|konten|poster|caption|postingan|unggahan|video|kampanye|"
                r"billboard)\w* (?:\w+ ){0,4}(?:tidak pantas|cabul|vulgar|porno|seksis|mesum|tidak senonoh|jorok|"
                r"tidak sensitif|tidak etis|saru|norak|menjijikkan)"
            ),
        ),
        (
            0.9,
            (
                r"(?:ad|advert|advertisement|campaign|post|tweet|billboard|commercial) (?:\w+ ){0,4}(?:inappropriate|"
                r"offensive|sexist|tasteless|insensitive|vulgar|distasteful|tone deaf)|(?:inappropriate|offensive|"
                r"sexist|tasteless|insensitive|vulgar) (?:ad|advert|advertisement|campaign|post|tweet|billboard|"
                r"commercial)"
            ),
        ),
        (
            0.5,
            (
                r"turunkan iklan|hapus (?:iklan|postingan|unggahan)|take (?:it|that|this) (?:ad |post )?down|"
                r"pull (?:the|that|this) ad"
            ),
        ),
    ),
    "competitor_attack": (
        (
            0.9,
            (
                r"(?:buzzer|pesanan|bayaran|settingan|kampanye hitam|ulah|permainan|"
                r"serangan) (?:\w+ ){0,2}(?:kompetitor|pesaing|saingan|sebelah)|black campaign|kampanye hitam|"
                r"smear campaign"
            ),
        ),
        (
            0.8,
            (
                r"(?:kompetitor|pesaing|saingan|competitors?|rivals?) (?:\w+ ){0,4}"
                r"(?:menjatuhkan|menyerang|bayar|sebar|"
                r"fitnah|paid|attack(?:s|ed|ing)?|behind|spread(?:ing)?)|dibayar (?:kompetitor|pesaing|saingan)|"
                r"paid by (?:a |the |its |their )?(?:competitor|rival)"
            ),
        ),
        (
            0.6,
            (
                r"mending (?:pindah|ganti|pakai|beli) (?:ke )?(?:merek|brand|punya) (?:lain|sebelah)|switch(?:ed|"
                r"ing)? to (?:their |a |the )?(?:competitor|rival)"
            ),
        ),
    ),
    "consumer_attack": (
        (
            0.7,
            (
                r"(?:kasih|beri|berikan|give) (?:bintang|rating|them|it) (?:satu|1|one)(?: star)?|bintang (?:satu|1)|"
                r"one star|review bomb\w*|serbu (?:ig|akun|kolom|komentar)|rujak (?:akun|rame)"
            ),
        ),
        (
            0.5,
            (
                r"ikut boikot|jangan (?:beli|pakai|belanja)|stop (?:beli|buying|using)|uninstall|hapus aplikasi|"
                r"viralkan|lawan|bongkar kebusukan|delete (?:the|your) app|cancel (?:them|your)"
            ),
        ),
    ),
    "controversy": (
        (
            0.8,
            (
                r"boycott(?:ing)?|ikut boikot|ajakan boikot|pro (?:dan )?kontra|backlash|controvers(?:y|ial)|outrage|"
                r"dukung(?:an)? (?:israel|zionis|lgbt)|afiliasi (?:israel|zionis)|terafiliasi|israel|palestin\w*"
            ),
        ),
        (0.5, r"cancel culture|ramai ramai (?:tolak|hujat|kecam)|petisi|petition|tuntut|demo (?:di|depan|besar)"),
    ),
    "negative_news": (
        (
            0.8,
            (
                r"(?:media|berita|koran|wartawan|news|reuters|tempo|kompas|detik|cnn) (?:\w+ ){0,3}(?:memberitakan|"
                r"diberitakan|melaporkan|menulis|reports?|reported|expos(?:e|es|ed))|liputan investigasi|"
                r"investigative report|diberitakan (?:media|di)"
            ),
        ),
        (
            0.5,
            (
                r"baca (?:berita|beritanya)|viral di (?:media|berita)|masuk (?:tv|berita|koran)|in the news|"
                r"news (?:says|report)|headline"
            ),
        ),
    ),
    "hoax": (
        (
            0.9,
            (
                r"(?:dari |info |kata )?gru?o?up sebelah|(?:berita|kabar|info) (?:bohong|palsu|tidak benar)|fake news|"
                r"sebar(?:kan|luaskan)? (?:\w+ ){0,3}sebelum di ?hapus|forwarded as received|cek fakta|fact check|"
                r"not true|isu tidak benar"
            ),
        ),
        (
            0.7,
            (
                r"(?:katanya|kabarnya|konon|rumou?r|rumou?rs|allegedly) (?:\w+ ){0,6}"
                r"(?:ditarik|tarik|dilarang|bangkrut|"
                r"tutup|meninggal|kritis|babi|haram|beracun|kanker|ditangkap|recalled|banned|closing|died)|(?:bpom|mui|"
                r"kemenkes) (?:sudah |telah )?(?:menarik|tarik|melarang|larang)|ditarik bpom|dilarang bpom"
            ),
        ),
        (
            0.6,
            (
                r"(?:tolong |mohon )?(?:sebarkan|teruskan|bagikan) (?:ke |kepada )"
                r"(?:keluarga|saudara|semua|grup|teman)|"
                r"valid tidak nih|share before"
            ),
        ),
    ),
    "account_takeover": (
        (
            0.9,
            (
                r"(?:akun|account|ig|instagram|twitter|tiktok|admin)\w* (?:\w+ ){0,4}(?:diretas|dibajak|kena retas|"
                r"diambil alih|hacked|compromised|hijacked)|(?:got|been|was|were|getting) hacked|hacker"
            ),
        ),
        (
            0.7,
            (
                r"(?:akun|account) (?:\w+ ){0,3}(?:posting|post|tweet|promosi|posts|tweeting|"
                r"promoting) (?:\w+ ){0,3}(?:aneh|kripto|crypto|judi|slot|weird|scam|nft|bitcoin)"
            ),
        ),
    ),
    "malware": (
        (
            0.9,
            (
                r"(?:file|link|tautan|undangan|aplikasi|kirim(?:an)?) (?:\w+ ){0,3}apk|apk (?:palsu|bodong|penipu)|"
                r"phishing|malware|virus|trojan|(?:link|situs|website|web|aplikasi|app|site) (?:palsu|bodong|tiruan|"
                r"fake)|fake (?:app|site|website|link)"
            ),
        ),
        (
            0.7,
            (
                r"(?:jangan|hati hati) (?:\w+ ){0,2}(?:klik|click|buka|download|unduh|instal)|don t (?:click|open|"
                r"download|install)|saldo (?:\w+ ){0,3}(?:hilang|raib|terkuras|ludes|habis) (?:\w+ ){0,4}(?:klik|link|"
                r"apk|instal)|mengatasnamakan"
            ),
        ),
    ),
    "accident": (
        (
            0.9,
            (
                r"kecelakaan|terbakar|kebakaran|meledak|ledakan|korban (?:jiwa|tewas|luka)|tewas|crash(?:ed)? (?:into|"
                r"killing)|explosion|explode[ds]?|(?:killed|injured) (?:in|by|at|after)|collaps(?:e|ed) (?:at|on|in)|"
                r"derail\w*|caught fire|fire (?:broke out|at the)"
            ),
        ),
        (
            0.5,
            (
                r"(?:karyawan|pekerja|penumpang|pengunjung|anak) (?:\w+ ){0,3}(?:meninggal|terluka|jatuh|tersengat|"
                r"terjepit|keracunan massal)|evacuat\w+"
            ),
        ),
    ),
    "disaster": (
        (
            0.9,
            (
                r"gempa(?: bumi)?|tsunami|banjir (?:bandang|besar)?|longsor|erupsi|gunung meletus|earthquake|flood(?:s|"
                r"ed|ing)?|typhoon|hurricane|wild ?fire|(?:winter|snow|ice) ?storm|blizzard"
            ),
        ),
        (
            0.5,
            (
                r"cuaca (?:buruk|ekstrem)|bencana(?: alam)?|force majeure|(?:bad|severe) weather|"
                r"because of (?:the )?(?:weather|storm|snow)|due to weather"
            ),
        ),
    ),
}

ASPECTS: Mapping[str, str] = {
    "safety": (
        r"racun|mual|muntah|diare|sakit perut|lendir|jamur|benda asing|kritis|belatung|basi|made me sick|"
        r"threw up|food poisoning|slime|mou?ld|unsafe|bahaya"
    ),
    "outage": (
        r"\bdown\b|gangguan|internet|sinyal|outage|offline|lambat|putus|tidak (?:bisa|dapat) (?:login|masuk|"
        r"akses|connect|konek|dibuka)|not working|crash|koneksi|error|buffering"
    ),
    "delivery": (
        r"kirim|paket|kurir|ekspedisi|delay|cancel|flight|luggage|\bbags?\b|stranded|late\b|terlambat|"
        r"belum (?:datang|sampai)|package|shipping|boarding"
    ),
    "service": r"pelayanan|layanan|customer service|on hold|antri|antre|kasir|staf|respon|agent|service|admin",
    "price": r"mahal|harga|tarif|overpriced|expensive|biaya|fee|price|ripped off",
    "quality": r"rasa|bau|keruh|rusak|cacat|kualitas|quality|broken|oplos|encer|hambar|taste|defective|bocor|mati",
}
"""What of a product or service is complained about."""
