from dataclasses import replace

import pytest

from core.crisis import LEVEL_NAMES, Assessment, Contribution, Level, LevelState, reasons


def assessment(*contributions, level=Level.CRISIS, guards=(), completeness=1.0):
    return Assessment(
        bucket=1,
        score=round(sum(each.points for each in contributions), 1),
        level=level,
        contributions=contributions,
        guards=guards,
        completeness=completeness,
        state=LevelState.initial(),
    )


NEGATIVE = Contribution("negative", 38, 2.0, 15.4, 60.0, 60)
VOLUME = Contribution("volume", 1240, 310.5, 3.99, 12.5, 180)
QUIET = Contribution("reach", 10, 10, 1.0, 0.0, 60)


def test_the_figures_are_told_in_indonesian():
    assert reasons(assessment(VOLUME, NEGATIVE, QUIET), "id") == [
        "Tingkat Awas, skor 72 dari 100.",
        "38 suara negatif dalam 60 menit, biasanya 2 (15×).",
        "1.240 suara membicarakan merek ini dalam 3 jam, biasanya 310 (4×).",
    ]


def test_the_figures_are_told_in_english():
    assert reasons(assessment(VOLUME, NEGATIVE, QUIET), "en") == [
        "Level Crisis, score 72 of 100.",
        "38 negative voices in 60 minutes, usually 2 (15×).",
        "1,240 voices talk about the brand in 3 hours, usually 310 (4×).",
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_guard_has_a_sentence(language):
    guards = (
        "too_few_negative",
        "volume_without_negativity",
        "insufficient_baseline",
        "collection_gap",
        "capped_crawl",
        "thin_evidence",
        "capped_calm",
    )

    told = reasons(assessment(guards=guards, completeness=0.42), language)

    assert len(set(told)) == 1 + len(guards)
    assert "42 %" in told[-1]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_contribution_of_a_real_assessment_has_a_sentence(language, ordinary, add_burst, judge):
    history = ordinary()
    add_burst(history, ends_ago=0, lasts=12, voices=12, negative=12)
    for figure in ("toxic", "threat", "hoax"):
        getattr(history, figure)[-12:] += 9
    history.reach[-12:] = 10_000_000
    history.platforms[-12:] = 7
    last = judge(history, since=len(history.mentions) - 1)[-1]

    earning = [each for each in last.contributions if each.points > 0]
    (onset,) = [each for each in last.contributions if each not in earning]
    begun = replace(last, contributions=(*earning, replace(onset, points=5.0)))

    # A crisis needs no points for its beginning.
    assert onset.name == "onset"
    assert len(reasons(last, language)) == 1 + len(earning)
    assert len(set(reasons(begun, language))) == 2 + len(earning)


def test_levels_carry_the_names_of_indonesian_hazard_warnings():
    assert [LEVEL_NAMES["id"][level] for level in Level] == ["Normal", "Waspada", "Siaga", "Awas"]
