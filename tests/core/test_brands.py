from uuid import UUID

import pytest

from core.brands import Competitor, Competitors, names_among, places_of
from core.posts import Post, whole_text
from core.query_language.matcher import Span

RIVAL, CLIENT = UUID(int=1), UUID(int=2)


@pytest.fixture(scope="module")
def competitors():
    return Competitors([Competitor(RIVAL, CLIENT, "Zetkom"), Competitor(UUID(int=3), CLIENT, "Ab")])


@pytest.mark.parametrize(
    ("text", "places", "sets_apart"),
    [
        ("pakai ZETKOM aja", [(6, 12)], False),
        ("zetkom lebih baik dari zetkom", [(0, 6), (23, 29)], True),
        ("zetkoman itu apa, ab?", [], False),
        ("untung ada yang lain", [], True),
        ("beruntung sekali", [], False),
        ("", [], False),
        ("İ zetkom", [], False),  # where lower case has other places, nothing is told
    ],
)
def test_competitors_and_words_of_contrast_are_found_as_words(competitors, text, places, sets_apart):
    found, apart = competitors.named(text)

    assert found.get(RIVAL, []) == places
    assert apart is sets_apart


def test_an_agency_without_competitors_has_none_named():
    assert Competitors([]).named("zetkom biasa saja") == ({}, False)


def test_spans_become_places_of_title_and_text_together():
    post = Post(title="Kopi", text="ini Kopi")
    spans = [Span("text", 4, 8), Span("title", 0, 4), Span("bio", 0, 4)]

    assert [whole_text(post.title, post.text)[start:end] for start, end in places_of(post, spans)] == ["Kopi", "Kopi"]
    assert places_of(Post(text="ini Kopi"), spans[:1]) == [(4, 8)]


def test_a_term_of_a_query_that_says_something_is_no_name():
    text = "abakom lemot di zona abakom"
    places = [(0, 6), (7, 12), (21, 27)]

    def polarities(terms):
        return {term: -0.9 if term == "lemot" else 0.1 for term in terms}

    assert names_among(text, places, "PT Lain", polarities) == [(0, 6), (21, 27)]
    assert names_among(text, places, "PT Abakom", polarities) == [(0, 6), (21, 27)]
    assert names_among("murka", [(0, 5)], "PT Lain", polarities) == [(0, 5)]
