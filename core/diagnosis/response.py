"""What a kind of crisis asks for: its cluster of responsibility, and what to say first.

Source: Coombs, "Protecting Organization Reputations During a Crisis" (2007), tables 1 to 3: responsibility decides the
answer; instructing and adjusting information come first, always; a history of crises moves a case up by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.crisis.reasons import Language
from core.diagnosis.causes import Cause


class Cluster(StrEnum):
    """How much of the responsibility people see with the client: little, some, most."""

    VICTIM = "victim"
    ACCIDENTAL = "accidental"
    PREVENTABLE = "preventable"


CLUSTERS: Mapping[Cause, Cluster] = {
    Cause.HOAX: Cluster.VICTIM,
    Cause.THREAT: Cluster.VICTIM,
    Cause.COMPETITOR_ATTACK: Cluster.VICTIM,
    Cause.ACCOUNT_TAKEOVER: Cluster.VICTIM,
    Cause.MALWARE: Cluster.VICTIM,
    Cause.DISASTER: Cluster.VICTIM,
    Cause.CONTROVERSY: Cluster.ACCIDENTAL,
    Cause.CONSUMER_ATTACK: Cluster.ACCIDENTAL,
    Cause.PRODUCT_QUALITY: Cluster.ACCIDENTAL,
    Cause.ACCIDENT: Cluster.ACCIDENTAL,
    Cause.NEGATIVE_NEWS: Cluster.ACCIDENTAL,
    Cause.FINANCIAL: Cluster.ACCIDENTAL,
    Cause.LEGAL: Cluster.ACCIDENTAL,
    Cause.PERCEPTION: Cluster.ACCIDENTAL,
    Cause.BAD_HANDLING: Cluster.PREVENTABLE,
    Cause.MISCOMMUNICATION: Cluster.PREVENTABLE,
    Cause.SLOW_RESPONSE: Cluster.PREVENTABLE,
    Cause.INAPPROPRIATE_CONTENT: Cluster.PREVENTABLE,
    Cause.SARA: Cluster.PREVENTABLE,
    Cause.SCANDAL: Cluster.PREVENTABLE,
    Cause.DISCRIMINATION: Cluster.PREVENTABLE,
    Cause.UNLAWFUL: Cluster.PREVENTABLE,
    Cause.STAFF_MISCONDUCT: Cluster.PREVENTABLE,
}
"""A technical failure and an accusation are accidental; an error or misdeed of people could have been prevented."""

_ORDER = tuple(Cluster)
LANGUAGES: tuple[Language, ...] = ("id", "en")

_FIRST: Mapping[Language, tuple[str, ...]] = {
    "id": (
        "Sampaikan dahulu apa yang harus dilakukan orang agar aman dan tidak rugi.",
        "Tunjukkan kepedulian kepada yang terdampak, dan katakan apa yang sedang dikerjakan.",
    ),
    "en": (
        "First tell people what to do so that nobody is harmed or loses money.",
        "Show care for those affected, and say what is being done.",
    ),
}
_STRATEGY: Mapping[Language, Mapping[Cluster, tuple[str, ...]]] = {
    "id": {
        Cluster.VICTIM: (
            "Bantah hanya yang memang salah, dengan bukti; jangan mengulang isi kabarnya.",
            "Jangan menyerang akun: jelaskan faktanya, dan minta platform menindak bila perlu.",
        ),
        Cluster.ACCIDENTAL: (
            "Jelaskan apa yang terjadi, bahwa itu tidak disengaja, dan apa yang diperbaiki.",
            "Beri waktu kabar berikutnya, dan tepati.",
        ),
        Cluster.PREVENTABLE: (
            "Minta maaf dengan jelas, akui kesalahannya, dan tawarkan ganti rugi.",
            "Sebutkan perubahan yang membuatnya tidak terulang; jangan menyalahkan pelanggan.",
        ),
    },
    "en": {
        Cluster.VICTIM: (
            "Deny only what is false, with evidence; do not repeat the claim itself.",
            "Do not attack accounts: state the facts, and ask the platform to act where needed.",
        ),
        Cluster.ACCIDENTAL: (
            "Explain what happened, that it was not intended, and what is being put right.",
            "Say when the next update comes, and keep to it.",
        ),
        Cluster.PREVENTABLE: (
            "Apologise plainly, own the mistake, and offer compensation.",
            "Name the change that keeps it from happening again; do not blame customers.",
        ),
    },
}
_BY_CAUSE: Mapping[Language, Mapping[Cause, str]] = {
    "id": {
        Cause.HOAX: "Tautkan sumber resmi atau cek fakta, dan pantau kabar itu dalam semua bentuknya.",
        Cause.SLOW_RESPONSE: "Jawab antrean yang tertua lebih dahulu, dan umumkan lama menunggu.",
        Cause.BAD_HANDLING: "Tarik pernyataan yang melukai, dan gantikan dengan yang baru dari pimpinan.",
        Cause.MISCOMMUNICATION: "Ralat di tempat yang sama dengan yang keliru, dan tampilkan jawaban tanya-jawab.",
        Cause.SARA: "Libatkan tokoh dari kelompok yang tersinggung sebelum pernyataan kedua.",
        Cause.ACCOUNT_TAKEOVER: "Amankan akun, umumkan lewat akun lain bahwa unggahan itu bukan dari Anda.",
        Cause.MALWARE: "Sebut alamat resmi Anda, minta orang tidak membuka tautan itu, laporkan ke platform.",
        Cause.THREAT: "Utamakan keselamatan orang, simpan bukti, dan hubungi pihak berwajib.",
        Cause.LEGAL: "Setiap kalimat lewat penasihat hukum; nyatakan akan mengikuti proses.",
        Cause.PRODUCT_QUALITY: "Sebut produk, kode produksi atau wilayah yang terdampak, dan cara menukarnya.",
    },
    "en": {
        Cause.HOAX: "Link the official source or a fact check, and watch the claim in all its forms.",
        Cause.SLOW_RESPONSE: "Answer the oldest in the queue first, and say how long the wait is.",
        Cause.BAD_HANDLING: "Withdraw the statement that hurt, and replace it with one from the top.",
        Cause.MISCOMMUNICATION: "Correct it where the mistake stands, and publish the answers to what is asked.",
        Cause.SARA: "Bring in voices of the offended group before the second statement.",
        Cause.ACCOUNT_TAKEOVER: "Secure the account, and say from another one that those posts are not yours.",
        Cause.MALWARE: "Name your official addresses, ask people not to open the link, report it to the platform.",
        Cause.THREAT: "People's safety first; keep the evidence, and call the authorities.",
        Cause.LEGAL: "Every sentence past counsel; say that you will follow the proceedings.",
        Cause.PRODUCT_QUALITY: "Name the product, batch or region that is affected, and how to return it.",
    },
}
_HISTORY: Mapping[Language, str] = {
    "id": "Sudah ada {count} krisis dalam setahun: orang menilai lebih keras, jawablah lebih bertanggung jawab.",
    "en": "There were {count} crises within a year: people judge harder, so answer one step more responsibly.",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """The cluster by the cause alone, the one to answer by, and what to do, the first thing first."""

    cluster: Cluster
    answered_as: Cluster
    sentences: Mapping[Language, tuple[str, ...]]


def advise(cause: Cause, *, earlier_crises: int) -> Advice:
    """What this cause asks for; `earlier_crises` are the client's incidents of the year before."""
    cluster = CLUSTERS[cause]
    answered = _ORDER[min(_ORDER.index(cluster) + (earlier_crises > 0), len(_ORDER) - 1)]
    told: dict[Language, tuple[str, ...]] = {
        language: _sentences(cause, answered, earlier_crises, language) for language in LANGUAGES
    }
    return Advice(cluster, answered, told)


def _sentences(cause: Cause, cluster: Cluster, earlier: int, language: Language) -> tuple[str, ...]:
    own = _BY_CAUSE[language].get(cause)
    history = _HISTORY[language].format(count=earlier) if earlier else None
    return (*_FIRST[language], *_STRATEGY[language][cluster], *(each for each in (own, history) if each))
