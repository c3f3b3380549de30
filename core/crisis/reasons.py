"""The score in plain sentences, Indonesian and English, with the figures that made it."""

from typing import Literal

from core.crisis.policy import Level
from core.crisis.score import Assessment, Contribution

Language = Literal["id", "en"]

LEVEL_NAMES: dict[Language, dict[Level, str]] = {
    "id": {Level.NORMAL: "Normal", Level.WATCH: "Waspada", Level.WARNING: "Siaga", Level.CRISIS: "Awas"},
    "en": {Level.NORMAL: "Normal", Level.WATCH: "Watch", Level.WARNING: "Warning", Level.CRISIS: "Crisis"},
}
HEADLINE: dict[Language, str] = {
    "id": "Tingkat {level}, skor {score} dari 100.",
    "en": "Level {level}, score {score} of 100.",
}
SENTENCES: dict[Language, dict[str, str]] = {
    "id": {
        "negative": "{observed} suara negatif dalam {window}, biasanya {expected} ({ratio}×).",
        "onset": "Bukti menumpuk sedikit demi sedikit: {observed} suara negatif dalam {window}, biasanya {expected}.",
        "volume": "{observed} suara membicarakan merek ini dalam {window}, biasanya {expected} ({ratio}×).",
        "share": "Porsi negatif naik: {observed} suara negatif dalam {window}, menurut porsi biasanya {expected}.",
        "spread": "Unggahan negatif muncul di {observed} platform sekaligus, biasanya {expected}.",
        "reach": "Jangkauan {observed} pembaca dalam {window}, biasanya {expected} ({ratio}×).",
        "toxicity": "{observed} unggahan kasar dalam {window}, biasanya {expected}.",
        "threat": "{observed} unggahan berisi ancaman dalam {window}, biasanya {expected}.",
        "hoax": "{observed} unggahan berciri hoaks dalam {window}, biasanya {expected}.",
    },
    "en": {
        "negative": "{observed} negative voices in {window}, usually {expected} ({ratio}×).",
        "onset": "It adds up, bit by bit: {observed} negative voices in {window}, usually {expected}.",
        "volume": "{observed} voices talk about the brand in {window}, usually {expected} ({ratio}×).",
        "share": "The negative share is up: {observed} negative voices in {window}, {expected} at the usual share.",
        "spread": "Negative posts on {observed} platforms at once, usually {expected}.",
        "reach": "A reach of {observed} readers in {window}, usually {expected} ({ratio}×).",
        "toxicity": "{observed} abusive posts in {window}, usually {expected}.",
        "threat": "{observed} threatening posts in {window}, usually {expected}.",
        "hoax": "{observed} posts that look like a hoax in {window}, usually {expected}.",
    },
}
GUARDS: dict[Language, dict[str, str]] = {
    "id": {
        "too_few_negative": "Terlalu sedikit suara negatif untuk tingkat yang lebih tinggi.",
        "volume_without_negativity": "Ramai tanpa kenaikan porsi negatif: tidak dinaikkan sampai Awas.",
        "thin_evidence": "Naik sebentar, buktinya belum cukup untuk Waspada.",
        "insufficient_baseline": "Riwayat kurang dari 24 jam: belum ada pembanding yang cukup.",
        "collection_gap": "Data tiga jam terakhir tidak lengkap ({completeness} %): angka ini paling sedikit.",
        "capped_crawl": "Pengambilan data terpotong (lengkap {completeness} %): jumlah sebenarnya bisa lebih.",
        "capped_calm": "Yang terambil tenang (lengkap {completeness} %): dua belas jam begini menurunkan tingkat.",
    },
    "en": {
        "too_few_negative": "Too few negative voices for a higher level.",
        "volume_without_negativity": "Busy without a higher negative share: not raised to Crisis.",
        "thin_evidence": "A short rise: not enough has added up for Watch yet.",
        "insufficient_baseline": "Less than 24 hours of history: not enough to compare with.",
        "collection_gap": "The last three hours are incomplete ({completeness} %): these figures are a minimum.",
        "capped_crawl": "A crawl was cut off ({completeness} % complete): there are at least so many.",
        "capped_calm": "What was brought stays calm ({completeness} % complete): twelve hours of it lower the level.",
    },
}


def reasons(assessment: Assessment, language: Language) -> list[str]:
    """Why the score is what it is: the level, what raised it (most points first), what held it down."""
    earning = sorted((each for each in assessment.contributions if each.points > 0), key=lambda each: -each.points)
    level = LEVEL_NAMES[language][assessment.level]
    return [
        HEADLINE[language].format(level=level, score=_figure(assessment.score, language)),
        *(_sentence(each, language) for each in earning),
        *(
            GUARDS[language][guard].format(completeness=_figure(100 * assessment.completeness, language))
            for guard in assessment.guards
        ),
    ]


def _sentence(contribution: Contribution, language: Language) -> str:
    return SENTENCES[language][contribution.name].format(
        observed=_figure(contribution.observed, language),
        expected=_figure(contribution.expected, language),
        ratio=_figure(contribution.ratio, language),
        window=_span(contribution.window_minutes, language),
    )


def _span(minutes: int, language: Language) -> str:
    hours = minutes // 60
    if minutes < 120:
        return f"{minutes} menit" if language == "id" else f"{minutes} minutes"
    return f"{hours} jam" if language == "id" else f"{hours} hours"


def _figure(value: float, language: Language) -> str:
    """A figure as people read it: one decimal below ten, none above, with the language's own separators."""
    text = f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text
