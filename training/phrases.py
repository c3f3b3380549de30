"""Short posts of our own making: what customers write when goods and services fail, please, or are asked about.

The open sets hold hotel, shop and film reviews but few outage or food-safety complaints, and few neutral questions to
a brand. These fill the gap. Written for this project, Apache-2.0; never part of a held-out figure.
"""

from collections.abc import Iterator
from itertools import product

from training import english, negation
from training.corpora import Row


def listed(text: str) -> list[str]:
    """Phrases parted by bars, however the lines are broken."""
    return [" ".join(phrase.split()) for phrase in text.split("|")] if text.strip() else []


_SERVICES = "wifi|internet|jaringan|sinyal|listrik|aplikasi|mobile banking|atm|website|server|air|layanan"
_GOODS = "produk|barang|makanan|susu|roti|minuman|kosmetik|skincare|obat|paket|baju|sepatu|hp|mi instan|ayam|kue"
_PEOPLE = "cs|admin|kurir|kasir|driver|pelayan|petugas|teknisi|seller"

_COMPLAINTS = (
    (
        _SERVICES,
        """
        mati dari tadi | mati dari pagi | mati total | down lagi | gangguan terus | lemot banget | lemot parah |
        error terus | putus nyambung | tidak bisa dipakai | tidak bisa dibuka | gangguan sejak kemarin |
        sering gangguan | belum normal juga | mati lampu lagi | tidak nyala | hilang dari semalam |
        makin hari makin lemot | mati sudah 3 jam | kapan normalnya, dari kemarin mati | gak bisa login |
        gak bisa diakses | force close terus | padam terus | gangguan, rugi saya | lambat sekali
        """,
    ),
    (
        _GOODS,
        """
        nya bikin sakit perut | nya bikin mual | nya basi | nya sudah kedaluwarsa | nya ada ulatnya |
        nya ada rambutnya | nya rusak | nya cacat | nya palsu | nya bau | bikin keracunan | bikin diare |
        bikin gatal | bikin muntah | datang rusak | datang penyok | bocor | tidak sesuai pesanan |
        tidak sesuai gambar | kemasannya bocor | belum sampai juga | berjamur | tidak layak jual | bikin alergi
        | nya jangan dibeli | nya tolong ditarik dari pasaran | nya ada kecoa | bikin jerawatan | nya kotor |
        nya tidak steril | berbahaya
        """,
    ),
    (
        _PEOPLE,
        """
        nya tidak ramah | nya kasar | nya judes | nya tidak respon | nya cuek | nya lambat | tidak membantu |
        tidak balas | nya galak | nya menipu | tidak jujur | tidak profesional | tidak ada yang datang |
        slow respon | nya tidak sopan | susah dihubungi
        """,
    ),
    (
        "",
        """
        jangan beli | jangan beli di sini | jangan pakai ini | kapok beli di sini | kapok belanja di sini |
        tidak akan beli lagi | uang saya hilang | saldo saya hilang | saldo terpotong |
        saldo kepotong tapi transaksi gagal | refund belum cair | uang tidak kembali | refund dipersulit |
        penipuan | saya ditipu | toko penipu | barang palsu | tarik produknya dari pasaran | anak saya keracunan
        | anak saya sakit setelah makan ini | anak saya masuk rumah sakit gara-gara produk ini |
        tagihan membengkak tanpa alasan | tagihan naik terus layanan jelek | ditagih padahal sudah bayar |
        sudah komplain tidak ada tanggapan | sudah lapor tidak ditanggapi | komplain dicuekin |
        mana tanggung jawabnya | boikot saja | ayo boikot | laporkan ke ylki | laporkan ke bpom |
        lapor polisi saja | data pribadi saya bocor | data pelanggan bocor | akun saya dibobol |
        akun saya diblokir tanpa alasan | penerbangan dibatalkan sepihak | delay 5 jam tanpa kejelasan |
        pesawat delay terus | kereta telat lagi | paket saya hilang | paket nyasar |
        paket sudah seminggu belum sampai | kurirnya main lempar paket | harga naik kualitas turun |
        mahal tapi jelek | tidak sesuai iklan | iklan bohong | janji palsu | parah sih ini | payah |
        pelayanan buruk | pelayanan mengecewakan | sangat kecewa | kecewa berat | nyesel beli |
        menyesal beli di sini | basi | expired | bikin emosi | bikin kesal | buang-buang uang | tidak enak |
        tidak enak badan setelah minum ini | kurang memuaskan | kurang bersih | tidak puas |
        tidak sebagus yang dibilang | tidak rekomen | tidak recommended | gak worth it |
        mending pindah ke sebelah | pindah provider saja | mau berhenti langganan | limbahnya mencemari sungai |
        pabriknya cemari lingkungan | karyawan dipecat sepihak | gaji karyawan tidak dibayar |
        tolong segera diperbaiki | kapan beresnya ini | tolong dong diperbaiki, sudah berhari-hari |
        masa begini terus | dari kemarin begini terus | gimana sih ini | kok bisa begini |
        mesin atm menelan kartu saya | kartu saya tertelan | bbm oplosan bikin motor mogok |
        motor saya brebet setelah isi di sini | pertamax oplosan
        """,
    ),
)
_PRAISES = (
    (
        _SERVICES,
        """
        nya lancar | lancar jaya | kencang banget | stabil | makin bagus | sudah normal, terima kasih |
        nya cepat dan stabil | memuaskan | tidak pernah gangguan | tidak lemot lagi | bagus banget
        """,
    ),
    (
        _GOODS,
        """
        nya bagus | nya enak banget | nya original | nya segar | sampai dengan selamat | nya sesuai pesanan |
        datang cepat | rapi | nya mantap | tidak mengecewakan | nya tidak bau | memuaskan | kualitasnya bagus |
        aman dan cepat | recommended | tidak ada cacat
        """,
    ),
    (
        _PEOPLE,
        """
        nya ramah | nya baik banget | nya sopan | nya fast respon | sangat membantu | nya cepat tanggap |
        nya profesional | nya sabar
        """,
    ),
    (
        "",
        """
        terima kasih pelayanannya | puas belanja di sini | langganan di sini terus | mantap, lanjutkan |
        keren banget | sukses terus | tidak menyesal beli di sini | tidak rugi beli ini | tidak kecewa |
        recommended seller | pelayanan memuaskan | luar biasa | juara sih ini | enak dan murah | cepat sampai |
        respon cepat masalah langsung beres | masalah sudah selesai, makasih | bangga pakai produk lokal |
        selamat atas prestasinya | suka banget sama produk ini | love banget | worth it banget
        """,
    ),
)
_PLAIN = (
    (
        _SERVICES,
        """
        berapa harganya | ada promo apa | area mana saja yang sudah ada | cara daftarnya bagaimana |
        untuk rumah yang mana ya | tersedia di kota mana saja | pakai yang mana | jadwal pemasangan kapan |
        bisa bayar di mana | paket apa saja
        """,
    ),
    (
        _GOODS,
        """
        nya ada ukuran apa saja | nya ready kak | masih ada stok | bisa cod | beli di mana ya |
        nya dikirim dari mana | berapa gram | warna apa saja | harganya berapa kak | nya kapan restock |
        isi berapa | tersedia di cabang mana
        """,
    ),
    (
        _PEOPLE,
        """
        nya jam berapa mulai kerja | nya bisa dihubungi di nomor berapa | nya yang mana ya | nya berapa orang
        """,
    ),
    (
        "",
        """
        buka jam berapa | tutup jam berapa | alamatnya di mana | lokasinya di mana kak | cara daftar bagaimana |
        syaratnya apa saja | kapan mulai dijual | cabang terdekat di mana | nomor cs berapa ya | cek dm ya min |
        sudah saya dm | mau tanya dong min | perusahaan itu membuka cabang baru di kota kami |
        perusahaan mengumumkan laporan keuangan kuartal ini | rapat umum pemegang saham digelar besok |
        produk baru akan diluncurkan bulan depan | harga saham ditutup di 5000 |
        direktur utama menghadiri konferensi pers | pemerintah menetapkan aturan baru | jadwal kereta hari ini |
        hari ini hari senin | sedang di jalan | lagi di kantor | baru bangun | nomor antrean berapa sekarang |
        isi formulirnya di sini | besok ada acara di lapangan | pendaftaran dibuka sampai jumat |
        info lowongan kerja | cara pakainya bagaimana ya | ini yang tipe berapa | boleh minta katalog |
        kirim ke luar kota bisa | pakai ekspedisi apa | beda paket a dan b apa ya
        """,
    ),
)
_OBJECTS = "ulat|paku|kecoa|rambut|plastik|beling|lalat|cacing|kaca|belatung|semut|batu|karet|staples|jamur|tikus|darah"
_PLACES = "roti|nasi|minuman|susu|makanan|kemasan|mie|bakso|sup|botol|kaleng"
_VIOLENCE = """
    bakar saja kantornya | ayo bakar kantor mereka | gue bunuh lo | bakal gue bacok | awas lo gue habisi |
    serbu kantornya | hancurkan tokonya | demo besar-besaran | warga mengamuk | massa merusak toko |
    warga protes pabrik | pelanggan mengeluh | ratusan pelanggan mengeluhkan layanan | puluhan siswa keracunan |
    karyawan mogok kerja | perusahaan digugat konsumen | direktur ditangkap karena korupsi |
    izin usahanya dicabut | bpom menarik produk ini | produk ditarik dari pasaran
    """
_ENDINGS = ("", " min", ", gimana ini", " kak", " @user")
_POLITE_ENDINGS = ("", " min", " ya", " kak?", " @user")

# Each emoji as a short post.
_EMOJI_FRAMES = ("{}", "{0}{0}", "{0}{0}{0}", "min {}", "ini {}", "ya {}")
_EMOJI = {"negative": "😡🤬😠👎💔😤😢😭🤮🤢😞😒🙄", "positive": "❤😍🥰👍😊😁🙏🔥💯🎉😘👏✨😋"}


def own_rows() -> list[Row]:
    """Our short posts with their sentiment, in a fixed order."""
    rows = [*_rows(_COMPLAINTS, "negative", _ENDINGS), *_rows(_PRAISES, "positive", _ENDINGS)]
    rows += _rows(_PLAIN, "neutral", _POLITE_ENDINGS)
    found = product(listed("ada|nemu|menemukan"), listed(_OBJECTS), ("di", "di dalam"), listed(_PLACES))
    rows += [_row(" ".join(words), "negative", "id") for words in list(found)[::3]]
    rows += [_row(phrase, "negative", "id") for phrase in listed(_VIOLENCE)]
    rows += english.rows()
    rows += [_row(text, label, lang) for text, label, lang in negation.sentences()]
    rows += [_row(frame.format(e), label, "id") for label, es in _EMOJI.items() for e in es for frame in _EMOJI_FRAMES]
    return rows


def _rows(groups: tuple[tuple[str, str], ...], label: str, endings: tuple[str, ...]) -> Iterator[Row]:
    """Every subject with every phrase, the endings taken in turn; phrases without a subject with every ending."""
    for subjects, phrases in groups:
        if not subjects:
            yield from (_row(p + e, label, "id") for p, e in product(listed(phrases), endings))
            continue
        for turn, (subject, phrase) in enumerate(product(listed(subjects), listed(phrases))):
            joined = subject + phrase if phrase.startswith("nya ") else f"{subject} {phrase}"
            yield _row(joined + endings[turn % len(endings)], label, "id")


def _row(text: str, label: str, lang: str) -> Row:
    return Row("own", text, (label,), lang, is_held_out=False)
