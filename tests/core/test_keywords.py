"""A keyword's own examples, and the count of steps that refuses a costly matching before it begins."""

import pytest

from core import keywords
from core.errors import Invalid
from core.posts import Post
from core.query_language.document import Document

GOOD, BAD = Post(text="Kopi Senja enak"), Post(text="Lowongan di Kopi Senja")


def steps(query: str, text: str) -> int:
    return keywords.effort(keywords.read(query), Document(Post(text=text)))


def test_samples_that_come_out_as_told_are_not_named_and_others_are():
    query = keywords.read('"kopi senja" NOT lowongan')
    assert keywords.judge(query, [GOOD], [BAD]) == ()
    missed = keywords.judge(query, [GOOD, BAD], [GOOD])
    assert [(miss.pointer, miss.must_match) for miss in missed] == [
        ("/must_match/1", True),
        ("/must_not_match/0", False),
    ]


def test_every_problem_of_a_query_is_told_up_to_a_limit():
    with pytest.raises(Invalid) as refused:
        keywords.read("penulis:a negara:b")
    assert [problem.code for problem in refused.value.problems] == ["unknown_field", "unknown_field"]
    with pytest.raises(Invalid) as refused:
        keywords.read(")" * 200)
    assert len(refused.value.problems) == keywords.MOST_PROBLEMS
    with pytest.raises(Invalid) as refused:
        keywords.read("(" + "kopi " * 1000)
    assert len(refused.value.problems[0].detail) < 2 * keywords.LONGEST_SUGGESTION


@pytest.mark.parametrize(
    "query",
    [
        " SENTENCE ".join(["a"] * 13),
        " NEAR/50 ".join(["a"] * 13),
        '"' + "a b " * 10 + '"~50',
        " OR ".join(["raw:a"] * 50),
        "content:(" + " OR ".join(["a"] * 400) + ")",
    ],
)
def test_the_count_rises_with_what_the_text_offers(query):
    assert steps(query, "a b " * 200) > 5 * steps(query, "kopi menu " * 80)


def test_the_author_is_counted_where_the_query_searches_it():
    query = keywords.read("bio:" + " OR bio:".join(["a"] * 100))
    idle, busy = Document(Post(text="kopi")), Document(Post(text="kopi", bio="a " * 400))
    assert keywords.effort(query, busy) > 20 * keywords.effort(query, idle)


def test_a_costly_query_is_refused_for_many_posts_and_taken_for_one():
    query = keywords.read(" OR ".join(["(a NEAR/5 b)"] * 20))
    post = Post(text="a b kopi " * 10)
    assert keywords.attempt(query, [post])[0]
    with pytest.raises(Invalid) as refused:
        keywords.attempt(query, [post] * 100)
    assert refused.value.code == "query_too_costly"
    with pytest.raises(Invalid):
        keywords.judge(query, [post] * 50, [post] * 50)
