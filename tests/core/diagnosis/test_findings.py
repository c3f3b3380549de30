"""A span of talk is told in figures and sentences, and traced to where it came from."""

from datetime import timedelta

from core.diagnosis.findings import Background, Span, diagnose, names_of, sentences, trace
from tests.core.diagnosis.world import START, said

KINDS = [
    "rumah",
    "kantor",
    "sekolah",
    "kampus",
    "warung",
    "pasar",
    "kebun",
    "dapur",
    "toko",
    "gudang",
    "halte",
    "stasiun",
]
FIRST = said(
    "jijik, ada lendir di botol teh rintik rasa leci", minute=-30, platform="tiktok", handle="pertama", number=999
)
COMPLAINTS = [
    said(f"ada lendir di botol teh rintik di {word}, muntah aku", minute=n, handle=f"u{n}", reach=50)
    for n, word in enumerate(KINDS)
]
LOUD = said(
    "Lawan! ada lendir di botol, jangan beli teh rintik lagi sampai minta maaf #BoikotTehRintik",
    minute=20, handle="netijen", reach=200_000, engagement=900, number=777,
)  # fmt: skip
COPIES = [
    said(LOUD.text, minute=21 + n, handle=f"baru{n}", platform="instagram", followers=9, number=800 + n)
    for n in range(5)
]
OWN = said("Kami minta maaf", minute=40, is_own=True, sentiment="neutral", handle="tehrintik")
BEFORE = [said(f"teh rintik segar di {KINDS[n % 12]} {n}", number=5000 + n, sentiment="positive") for n in range(150)]
SPAN = Span(
    since=START,
    until=START + timedelta(hours=2),
    now=[*COMPLAINTS, LOUD, *COPIES, OWN],
    lead_in=[FIRST],
    before=BEFORE,
    is_capped=False,
    names=names_of("Teh Rintik", ["tehrintik"]),
)


def test_the_diagnosis_shows_what_is_new_where_it_came_first_and_each_text_once():
    found = diagnose(SPAN)
    assert "lendir" in " ".join(phrase.text for phrase in found.phrases)
    assert [each.platform for each in found.platforms] == ["x", "instagram"]
    assert found.ranking.suggestions[0].cause == "product_quality"
    texts = [each.remark.text for each in found.representatives]
    assert len(texts) == len(set(texts))
    assert next(each.copies for each in found.representatives if each.remark == LOUD) == 6
    assert all(not each.remark.is_own for each in found.representatives)


def test_it_is_said_in_two_languages_with_what_is_missing():
    found = diagnose(SPAN)
    behind = Background(completeness=0.5, last_as_high_at=None, known_since=START - timedelta(days=30))
    told = {language: sentences(found, SPAN, behind, language) for language in ("id", "en")}
    assert len(told["id"]) == len(told["en"]) == 5
    assert "mutu produk" in told["id"][0]
    assert "50 %" in told["en"][-1]
    assert "not been this high since 2026-01-31" in " ".join(told["en"])


def test_the_first_post_is_found_before_the_first_sign_and_who_carried_it_and_who_copied():
    found = trace(SPAN)
    assert found.first[0] == FIRST
    loudest = found.amplifiers[0]
    assert (loudest.handle, loudest.reach, loudest.copies) == ("netijen", 200_000, 5)
    cluster = next(each for each in found.clusters if each.text == LOUD.text)
    assert (cluster.account_count, cluster.is_in_step) == (6, True)
    assert cluster.sparse_share == round(5 / 6, 2)
    assert "tehrintik" not in {each.handle for each in [*found.first, *found.amplifiers]}


def test_a_span_without_a_post_is_told_as_nothing():
    empty = Span(START, START + timedelta(hours=1), [], [], [], is_capped=False, names=frozenset())
    found = diagnose(empty)
    assert (found.phrases, found.representatives, found.platforms, found.ranking.unclear) == ((), (), (), 1.0)
    assert sentences(found, empty, Background(None, None, None), "id") == []
    assert trace(empty).first == ()
