"""All that is found out about one span of talk, and what of it can be said in sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.crisis.reasons import Language
from core.diagnosis import causes, origins
from core.diagnosis.causes import Cause, Ranking
from core.diagnosis.copies import groups, same
from core.diagnosis.examples import Representative, representatives
from core.diagnosis.phrases import Phrase, telling
from core.diagnosis.platforms import Reached, reached
from core.diagnosis.remarks import Remark, words_of
from core.diagnosis.threads import Thread, threads

BASELINE = timedelta(days=7)
LEAD_IN = timedelta(hours=6)
"""How far before the first sign a matter's first posts are looked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """The talk of an incident: `now` are the posts since its first sign, `lead_in` those of the hours before.

    `before` are posts of the week before. `is_capped` says that there are more than were read.
    """

    since: datetime
    until: datetime
    now: Sequence[Remark]
    lead_in: Sequence[Remark]
    before: Sequence[Remark]
    is_capped: bool
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why: what is said now and was not before, by which posts, where, and in which conversations."""

    phrases: tuple[Phrase, ...]
    representatives: tuple[Representative, ...]
    platforms: tuple[Reached, ...]
    threads: tuple[Thread, ...]
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Origins:
    """Who: first posts, amplifiers, and clusters of accounts with one text."""

    first: tuple[Remark, ...]
    amplifiers: tuple[origins.Amplifier, ...]
    clusters: tuple[origins.Cluster, ...]


def names_of(client: str, own: Iterable[str] = ()) -> frozenset[str]:
    """The words of a client's own name, and its handles: they are in every post, and tell nothing."""
    words = {word for text in (client, *own) for run in words_of(text).runs for word in run}
    joined = {"".join(words_of(text).runs[0]) for text in (client, *own) if words_of(text).runs}
    return frozenset(words | joined)


def ranking(span: Span) -> Ranking:
    """The causes that a span speaks for."""
    share = min(1.0, (span.until - span.since) / BASELINE)
    return causes.rank(span.now, span.before, share=share)


def diagnose(span: Span) -> Diagnosis:
    """Why the client is talked about."""
    talk = [remark for remark in span.now if not remark.is_own]
    phrases = _phrases(span, talk)
    copy_of = groups([remark.text for remark in talk])
    shown = representatives(talk, copy_of, phrases)
    return Diagnosis(tuple(phrases), tuple(shown), tuple(reached(talk)), tuple(threads(span.now)), ranking(span))


def _phrases(span: Span, talk: Sequence[Remark]) -> list[Phrase]:
    usual = [remark for remark in span.before if not remark.is_own]
    return telling(talk, same([remark.text for remark in talk]), usual, names=span.names)


def trace(span: Span) -> Origins:
    """Where the talk comes from."""
    talk = [remark for remark in span.now if not remark.is_own]
    matter = origins.of_the_matter([*span.lead_in, *talk], _phrases(span, talk))
    copies = groups([remark.text for remark in matter])
    return Origins(
        tuple(origins.first_posts(matter)),
        tuple(origins.amplifiers(matter, copies)),
        tuple(origins.clusters(matter, copies)),
    )


CAUSES: Mapping[Language, Mapping[Cause, str]] = {
    "id": {
        Cause.CONTROVERSY: "kontroversi publik", Cause.LEGAL: "kasus hukum",
        Cause.BAD_HANDLING: "penanganan yang buruk",
        Cause.MISCOMMUNICATION: "kesalahan komunikasi", Cause.SLOW_RESPONSE: "keterlambatan menjawab",
        Cause.INAPPROPRIATE_CONTENT: "konten yang tidak pantas", Cause.SARA: "SARA",
        Cause.PRODUCT_QUALITY: "mutu produk atau layanan", Cause.SCANDAL: "skandal",
        Cause.FINANCIAL: "masalah keuangan", Cause.DISCRIMINATION: "diskriminasi",
        Cause.UNLAWFUL: "dugaan pelanggaran hukum", Cause.STAFF_MISCONDUCT: "perilaku staf",
        Cause.COMPETITOR_ATTACK: "serangan pesaing", Cause.CONSUMER_ATTACK: "serangan pengguna",
        Cause.NEGATIVE_NEWS: "berita negatif", Cause.THREAT: "ancaman", Cause.HOAX: "kabar yang berciri hoaks",
        Cause.ACCOUNT_TAKEOVER: "akun yang diretas", Cause.MALWARE: "tautan berbahaya",
        Cause.ACCIDENT: "kecelakaan", Cause.DISASTER: "bencana", Cause.PERCEPTION: "persepsi yang memburuk",
    },
    "en": {
        Cause.CONTROVERSY: "a public controversy", Cause.LEGAL: "a legal case", Cause.BAD_HANDLING: "bad handling",
        Cause.MISCOMMUNICATION: "a communication mistake", Cause.SLOW_RESPONSE: "late answers",
        Cause.INAPPROPRIATE_CONTENT: "inappropriate content", Cause.SARA: "offence to a group (SARA)",
        Cause.PRODUCT_QUALITY: "the quality of a product or service", Cause.SCANDAL: "a scandal",
        Cause.FINANCIAL: "financial trouble", Cause.DISCRIMINATION: "discrimination",
        Cause.UNLAWFUL: "alleged law-breaking", Cause.STAFF_MISCONDUCT: "conduct of staff",
        Cause.COMPETITOR_ATTACK: "an attack by a competitor", Cause.CONSUMER_ATTACK: "an attack by users",
        Cause.NEGATIVE_NEWS: "negative news", Cause.THREAT: "threats", Cause.HOAX: "a claim that looks like a hoax",
        Cause.ACCOUNT_TAKEOVER: "a hacked account", Cause.MALWARE: "a harmful link",
        Cause.ACCIDENT: "an accident", Cause.DISASTER: "a disaster", Cause.PERCEPTION: "a worsening perception",
    },
}  # fmt: skip
"""Causes as sentences name them."""

_SENTENCES: Mapping[Language, Mapping[str, str]] = {
    "id": {
        "cause": "{share} % suara berbicara tentang {cause} ({voices} orang); dimulai sebagai {began}.",
        "phrases": "Yang paling menonjol dibanding pekan lalu: {phrases}.",
        "platforms": "Pertama terlihat di {platforms}.",
        "missing": "Data rentang ini tidak lengkap ({completeness} %).",
        "capped": "Hanya {posts} unggahan pertama yang dibaca.",
        "before": "Terakhir setinggi ini pada {at}.",
        "never": "Belum pernah setinggi ini sejak {at}.",
    },
    "en": {
        "cause": "{share} % of the voices speak of {cause} ({voices} people); it began as {began}.",
        "phrases": "What stands out most against the week before: {phrases}.",
        "platforms": "First seen on {platforms}.",
        "missing": "The data of this span are incomplete ({completeness} %).",
        "capped": "Only the first {posts} posts were read.",
        "before": "It was last this high on {at}.",
        "never": "It has not been this high since {at}.",
    },
}
_NAMED = 5
_FULL = 0.9


@dataclass(frozen=True, slots=True)
class Background:
    """What the scores add: how complete the data are, and when a score was last this high; from when on is known."""

    completeness: float | None
    last_as_high_at: datetime | None
    known_since: datetime | None


def sentences(diagnosis: Diagnosis, span: Span, background: Background, language: Language) -> list[str]:
    """The diagnosis in plain sentences, each with the figures that it stands on."""
    words = _SENTENCES[language]
    told: list[str] = []
    if diagnosis.ranking.suggestions:
        top = diagnosis.ranking.suggestions[0]
        began = CAUSES[language][diagnosis.ranking.began_as or top.cause]
        figures = {"share": round(100 * top.weight), "voices": top.voices}
        told.append(words["cause"].format(cause=CAUSES[language][top.cause], began=began, **figures))
    if diagnosis.phrases:
        named = [f"“{phrase.text}” ({phrase.voices})" for phrase in diagnosis.phrases[:_NAMED]]
        told.append(words["phrases"].format(phrases=", ".join(named)))
    negative = [each for each in diagnosis.platforms if each.first_negative_at is not None][:_NAMED]
    if negative:
        first = [f"{each.platform} {_clock(each.first_negative_at)}" for each in negative]
        told.append(words["platforms"].format(platforms=", ".join(first)))
    if background.last_as_high_at is not None:
        told.append(words["before"].format(at=_day(background.last_as_high_at)))
    elif background.known_since is not None:
        told.append(words["never"].format(at=_day(background.known_since)))
    if background.completeness is not None and background.completeness < _FULL:
        told.append(words["missing"].format(completeness=round(100 * background.completeness)))
    if span.is_capped:
        told.append(words["capped"].format(posts=len(span.now)))
    return told


def _clock(moment: datetime | None) -> str:
    return f"{moment:%H:%M} UTC" if moment else ""


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
