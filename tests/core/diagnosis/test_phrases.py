"""What is said now and was not said before stands out; what is always said does not."""

from core.diagnosis.copies import same
from core.diagnosis.phrases import telling
from tests.core.diagnosis.world import said

BEFORE = [said(f"teh rintik enak diminum siang hari ke {n}", number=n) for n in range(200)]
NOW = [said(f"ada lendir botol teh rintik punyaku nomor {n} #boikotrintik", number=1000 + n) for n in range(30)] + [
    said(f"teh rintik enak diminum siang hari nomor {n}", number=2000 + n) for n in range(30)
]


def found(now=NOW, before=BEFORE, names=("teh", "rintik")):
    return {each.text: each for each in telling(now, same([r.text for r in now]), before, names=names)}


def test_new_words_and_hashtags_stand_out_with_their_figures_and_usual_ones_do_not():
    now = [
        said(f"{w} ada lendir botol {w} #boikotrintik", number=1000 + n) for n, w in enumerate("abcdefghijklmnopqrst")
    ]
    phrases = found([*now, *NOW[30:]])
    assert {"#boikotrintik", "lendir botol"} <= set(phrases)
    assert not {"enak", "diminum", "teh", "rintik"} & set(phrases)
    tag = phrases["#boikotrintik"]
    assert (tag.is_hashtag, tag.posts, tag.voices, tag.expected) == (True, 20, 20, 0.0)
    assert tag.z > 2.58


def test_one_author_and_one_copied_text_count_once():
    by_one = [said(f"lendir {n} menjijikkan sekali {n}", number=1000 + n, author=7) for n in range(40)]
    copied = [said("ada lendir menjijikkan di dalam botol punyaku lho", number=2000 + n) for n in range(40)]
    assert found(by_one) == found(copied) == {}


def test_nothing_stands_out_where_nothing_was_said_or_all_is_as_before():
    assert found([]) == {}
    assert found(BEFORE[:60], BEFORE) == {}
