"""Indonesian words and their roots: which affixes can stand between the two.

The affixes are those of the standard grammar: particles -lah, -kah, -pun, possessives -ku, -mu, -nya, suffixes -kan,
-an, -i, and the prefixes di-, ke-, se-, ter-, ber-, per- and the nasal meN- and peN-, under which k, p, s, t melt away.
"""

from functools import lru_cache

_PARTICLES = ("lah", "kah", "pun", "tah")
_POSSESSIVES = ("nya", "ku", "mu")
_SUFFIXES = ("kan", "an", "i")
_SHORTEST = 2  # letters of a root

VOWELS = "aiueo"
# After meN- and peN-: the nasal, the letters that may follow it, and the letter it may have swallowed.
_NASALS = (
    ("ng", VOWELS, "k"),
    ("ny", VOWELS, "s"),
    ("m", VOWELS, "p"),
    ("n", VOWELS, "t"),
)


# Roots that look as if they carried an affix, chosen by us: nothing shorter is found inside them.
_LOOK_DERIVED = """
abadi ahli ajar akan aksi alami aman ampun api aplikasi asli awan badan bagai bagi bahan basi beban beda bela belah
beli belum benar benci beras berat beri berita berkah bersih besar besok betul bobol bohong boikot bosan budi bukan
buku bulan bumi bunyi bupati capai cari celah cerai cuci curi dahan damai delapan depan dia diet digital dinding
dingin diri disiplin diskon donasi ekonomi energi gaji ganggu gigi haji halaman hanya hari hati heran hewan hilang
himpun hujan hutan ikan ilmu iman informasi intan isi istilah istri jadi jalan jaman jamu jangan janji jari jumlah
kaki kaku kalah kali kami kamu kanan kapan kasih kawan kecewa kecil kecuali kejar kelas kelola keluar keluarga
kemarin kembali kena kenal kendali kepala keran keras kereta kering kerja kertas kesan ketua kiri komisi kondisi
kopi koran korupsi kuku kunci laci lagi lahan laku langkah lantai lapor lari lawan lebaran lelah lisan lokasi
majikan makan mandiri masalah matahari mati medan meja menang menit mental menteri merah mesin mesjid mewah mimpi
misi mulai nasi negeri nikah nilai nyanyi olah padi pagi pakai paku palsu pandai pantai papan partai pecah peduli
pegang pegawai pekan pelan peluk pena pendek penjara penuh peran perang percaya perempuan pergi perintah perkara
perlu permata pernah perut pesan pesawat pipi polisi posisi pribadi promosi puji punya putri ramai rasa refund rekan
resmi retas ringan roti rugi rumpun rusak saksi saku salah sampai sanksi santai santri sapi saran sebab sebut sedang
sedia sedih segar sehat sekolah selalu selesai semangat sembilan sembuh sembunyi sempat semu semua senang sendiri
seni sepeda sepi serang setan setuju sewa simpan sisi situasi sopan strategi subsidi suci suku sultan sungai sunyi
tadi tahan tali taman tampan tamu tangan tani tanya tari tebal tekan teknologi telah telan telepon televisi teman
tempat temu tenang tentu tepat tepi terang teras teriak terima ternak tertib terus tetap tinggi tipu topan topi
tradisi transaksi tuan tuhan uji zaman
"""
_WHOLE = frozenset(_LOOK_DERIVED.split())


def is_from(word: str, root: str) -> bool:
    """Is the word the root itself, or made from it by affixes?"""
    if word == root:
        return True
    if len(word) <= len(root) or root[1:] not in word:
        return False
    found = origins(word)
    return root in found and not any(whole != root and root in origins(whole) for whole in found & _WHOLE)


@lru_cache(maxsize=65_536)
def origins(word: str) -> frozenset[str]:
    """Every root that the affixes allow for a word; the word itself is one of them."""
    found: set[str] = set()
    for bare in _without_suffixes(word):
        found.update(_without_prefixes(bare, depth=3))
    return frozenset(root for root in found if len(root) >= _SHORTEST)


def _without_suffixes(word: str) -> set[str]:
    stages = {word}
    for endings in (_PARTICLES, _POSSESSIVES, _SUFFIXES):
        stages |= {bare.removesuffix(ending) for bare in stages for ending in endings if _may_lose(bare, ending)}
    return stages


def _may_lose(word: str, ending: str) -> bool:
    return word.endswith(ending) and len(word) - len(ending) >= _SHORTEST + 1


def _without_prefixes(word: str, depth: int) -> set[str]:
    found = {word}
    if depth:
        for bare in _one_prefix_less(word):
            found |= _without_prefixes(bare, depth - 1)
    return found


def _one_prefix_less(word: str) -> set[str]:
    found = {word.removeprefix(prefix) for prefix in ("di", "ke", "se", "ter", "ber", "per") if word.startswith(prefix)}
    if word.startswith(("me", "pe")):
        found |= _nasal_roots(word[2:])
    if word.startswith(("bel", "pel")) and word[3:].startswith("ajar"):
        found.add(word[3:])
    if word.startswith(("be", "pe", "te")) and word[2:3] not in ("r", ""):
        # be- and pe- before r or -er-: bekerja, pekerja; te- does the same: tepercaya.
        found.add(word[2:])
    return {bare for bare in found if len(bare) >= _SHORTEST}


def _nasal_roots(rest: str) -> set[str]:
    found: set[str] = set()
    if rest[:1] in ("l", "m", "n", "r", "w", "y"):
        found.add(rest)
    if rest.startswith("nge"):
        found.add(rest[3:])
    for nasal, following, swallowed in _NASALS:
        after = rest.removeprefix(nasal)
        if after != rest and after[:1] and after[0] in following:
            found.add(swallowed + after)
    if rest.startswith("ng"):
        found.add(rest[2:])
    elif (rest.startswith("n") and rest[1:2] in ("c", "d", "j", "s", "t", "z")) or (
        rest.startswith("m") and rest[1:2] in ("b", "f", "p", "v")
    ):
        found.add(rest[1:])
    return found
