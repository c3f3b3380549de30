"""The invented brand of the demo: a bottled tea, the accounts it owns, its rival, and the queries that find it.

*Rintik* is an ordinary word, a drizzle: most posts that hold it speak of rain, and the queries must tell them apart.
"""

from dataclasses import dataclass
from typing import Any

NAME = "Teh Rintik"
COMPANY = "PT Rintik Nusa Boga"
RIVAL = "Teh Kelana"
FLAVOURS = ("melati", "leci", "lemon sereh", "apel jahe", "kurma")
TIME_ZONE = "Asia/Jakarta"

CLIENT: dict[str, Any] = {
    "name": NAME,
    "kind": "company",
    "sector": "food_and_beverage",
    "risk_tier": "high",
    "time_zone": TIME_ZONE,
    "languages": ["id", "en"],
}
"""What an agency registers about the brand. The keys are the story's; the demo maps them to the API's shape."""


@dataclass(frozen=True)
class Account:
    """A social account. `role` is `owned` or `competitor`, as the register calls it."""

    platform: str
    handle: str
    role: str
    name: str
    followers: int


ACCOUNTS = (
    Account("x", "tehrintik", "owned", NAME, 48_210),
    Account("instagram", "tehrintik_id", "owned", NAME, 132_400),
    Account("tiktok", "tehrintik", "owned", NAME, 96_850),
    Account("facebook", "tehrintikid", "owned", NAME, 210_300),
    Account("youtube", "tehrintikofficial", "owned", NAME, 18_700),
)
COMPETITOR_ACCOUNTS = (
    Account("x", "tehkelana", "competitor", RIVAL, 39_900),
    Account("instagram", "tehkelana_id", "competitor", RIVAL, 88_120),
    Account("tiktok", "tehkelana", "competitor", RIVAL, 71_300),
)


def owned(platform: str) -> Account:
    """The brand's account on a platform.

    Raises:
        KeyError: the brand has none there.

    """
    return {account.platform: account for account in ACCOUNTS}[platform]


@dataclass(frozen=True)
class Keyword:
    """A query with the posts its author promised it would and would not catch."""

    name: str
    query: str
    must_match: tuple[dict[str, Any], ...]
    must_not_match: tuple[dict[str, Any], ...]


KEYWORDS = (
    Keyword(
        name="Nama merek",
        query=(
            '"teh rintik" OR tehrintik OR #TehRintik OR #BoikotTehRintik'
            " OR @tehrintik OR @tehrintik_id OR @tehrintikid OR @tehrintikofficial"
            " OR ((rintik NEAR/2 (leci OR sereh OR botol OR literan)) NOT (hujan OR gerimis))"
        ),
        must_match=(
            {"text": "Stok Teh Rintik di minimarket depan kosong lagi 😭", "lang": "id"},
            {"text": "min @tehrintik kok harganya naik terus", "lang": "id"},
            {"text": "siang panas gini paling pas #tehrintik dingin", "lang": "id"},
            {"text": "rintik leci sebotol abis sekali teguk wkwk", "lang": "id"},
            {"text": "Jangan beli dulu gaes #BoikotTehRintik", "lang": "id"},
            {"text": "tehrintik > teh manapun, no debat", "lang": "id"},
        ),
        must_not_match=(
            {"text": "rintik hujan di jendela, secangkir teh, dan kamu yang tak pulang", "lang": "id"},
            {"text": "Gerimis rintik-rintik enaknya ngeteh sama gorengan", "lang": "id"},
            {"text": "hujan rintik, botol minum ketinggalan di kelas", "lang": "id"},
            {"text": "Lagu Rintik Sendu masuk tangga lagu indie minggu ini", "lang": "id"},
            {"text": "Teh Kelana rasa leci lagi diskon", "lang": "id"},
        ),
    ),
    Keyword(
        name="Keamanan produk",
        query=(
            '("teh rintik" OR tehrintik OR #TehRintik OR #BoikotTehRintik OR @tehrintik OR @tehrintik_id) '
            'AND (BPOM OR keracun* OR lendir OR "sakit perut" OR muntah OR diare OR "benda asing" OR stem:tarik'
            " OR #BoikotTehRintik)"
        ),
        must_match=(
            {"text": "habis minum teh rintik leci sakit perut semalaman", "lang": "id"},
            {"text": "Katanya Teh Rintik sudah ditarik BPOM? bener gak sih", "lang": "id"},
            {"text": "@tehrintik ada lendir di dasar botol, tolong dijelaskan", "lang": "id"},
            {"text": "Anak saya muntah setelah minum Teh Rintik", "lang": "id"},
            {"text": "#BoikotTehRintik sampai minta maaf", "lang": "id"},
        ),
        must_not_match=(
            {"text": "Teh Rintik melati segernya pas banget siang ini", "lang": "id"},
            {"text": "BPOM umumkan daftar kosmetik tanpa izin edar", "lang": "id"},
            {"text": "sakit perut gara-gara sambal, hujan rintik pula", "lang": "id"},
            {"text": "teh rintik enak, tapi mahal", "lang": "id"},
            {"text": "Diare setelah minum es di pinggir jalan", "lang": "id"},
        ),
    ),
)
