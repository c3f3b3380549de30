"""The index of all queries gives what evaluating every query one by one gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.posts import Post
from core.query_language.document import Document
from core.query_language.index import Entry, Match, MatchIndex
from core.query_language.matcher import located, matches, prepared
from core.query_language.parser import parse
from core.query_language.problems import QuerySyntaxError

WORDS = [
    "bank",
    "mandiri",
    "bumi",
    "tipu",
    "penipuan",
    "ditipu",
    "menipu",
    "bca",
    "gangguan",
    "jum'at",
    "café",
    "😡",
    "a",
]
SIGNED = [
    "@bankmandiri",
    "#BankMandiri",
    "#bumi",
    "#bumi#bank",
    "@bca.id",
    "https://bca.example/bank",
    "www.bumi.example",
]
GLUE = [" ", " ", " ", "-", ". ", "! ", "\n", ", ", "'", "’", "_", "#", "@", "…", "™", "\u200b", "x", "?"]

terms = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        ["#bumi", "#BankMandiri", "#bankman*", "@bankmandiri", "@bca.id", "penip*", "mand?ri", "hati-bank"]
    ),
    st.sampled_from(["stem:tipu", "raw:BUMI", 'raw:"bank mandiri"', "exact:bca", 'raw:"@bca"', "raw:bank", 'raw:"!"']),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"~2'),
)
near_operands = st.recursive(
    terms,
    lambda inner: st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
    max_leaves=3,
)
proximities = st.builds(
    "{} {} {}".format,
    near_operands,
    st.sampled_from(["NEAR/1", "NEAR", "ONEAR/2", "NEAR/3f", "SENTENCE", "OSENTENCE"]),
    near_operands,
)
filters = st.sampled_from(
    [
        "lang:id",
        "-lang:id",
        "author:budi",
        "site:detik.com",
        "links:bca.example",
        "url:detik.com/berita",
        "has:link",
        "is:question",
        "likes:>=5",
        "bio:bank",
        "author_name:budi",
        "country:id",
        "source:x",
        "engagement:1..9",
        "has:hashtag",
    ]
)
queries = st.recursive(
    st.one_of(terms, terms, proximities, filters),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' AND '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]} NOT {parts[1]})"),
        inner.map(lambda part: f"title:({part})"),
    ),
    max_leaves=6,
)
texts = st.lists(
    st.tuples(st.sampled_from([*WORDS, *map(str.upper, WORDS), *SIGNED]), st.sampled_from(GLUE)), max_size=8
).map(lambda pieces: "".join(word + glue for word, glue in pieces))
posts = st.builds(
    Post,
    title=st.one_of(st.just(""), texts),
    text=texts,
    lang=st.sampled_from(["", "id", "in", "en"]),
    author=st.sampled_from(["", "@Budi", "siti"]),
    author_name=st.sampled_from(["", "Budi bank"]),
    bio=st.sampled_from(["", "orang bank"]),
    site=st.sampled_from(["", "news.detik.com", "x.com"]),
    url=st.sampled_from(["", "https://www.detik.com/berita/1", "https://x.com/1"]),
    likes=st.integers(0, 9),
    links=st.sampled_from([(), ("https://a.bca.example/x",)]),
)


def parsed(text):
    try:
        return parse(text)
    except QuerySyntaxError:
        return None


usable = queries.map(parsed).filter(lambda query: query is not None)


@settings(max_examples=300, deadline=None)
@given(st.lists(usable, min_size=1, max_size=12), st.lists(posts, min_size=1, max_size=4))
def test_the_index_finds_what_trying_every_query_finds(found, some_posts):
    entries = [Entry(number, number % 2, query) for number, query in enumerate(found)]
    index = MatchIndex.build(entries)
    for post in some_posts:
        for owner in (0, 1):
            one_by_one = [
                Match(entry.key, spans)
                for entry in entries
                if entry.owner == owner and (spans := matches(entry.query, post)) is not None
            ]
            assert index.match(post, owner) == one_by_one


@settings(max_examples=300, deadline=None)
@given(usable, posts)
def test_the_quick_test_and_the_spans_agree(query, post):
    document = Document(post)
    assert prepared(query.tree)(document) == (located(query.tree, document) is not None)


@settings(max_examples=200, deadline=None)
@given(usable, posts)
def test_every_span_lies_inside_its_field(query, post):
    for span in matches(query, post) or ():
        assert 0 <= span.start <= span.end <= len(getattr(post, span.field))


def test_one_agency_never_sees_the_queries_of_another():
    index = MatchIndex.build([Entry("k", "ours", parse("bumi")), Entry("k", "theirs", parse("bumi"))])
    assert [match.key for match in index.match(Post(text="bumi"), "ours")] == ["k"]
    assert index.match(Post(text="bumi"), "somebody else") == []


def test_matches_come_in_the_order_of_the_entries():
    index = MatchIndex.build(
        Entry(key, 1, parse(text)) for key, text in [("b", "dua"), ("a", "satu"), ("c", "dua OR satu")]
    )
    assert [match.key for match in index.match(Post(text="satu dua"), 1)] == ["b", "a", "c"]


def test_an_index_without_queries_matches_nothing():
    assert MatchIndex.build([]).match(Post(text="bumi"), 1) == []


@pytest.mark.parametrize(
    "query", ["author:budi", "site:detik.com", "url:detik.com/berita", "links:bca.example", "bio:bank"]
)
def test_queries_without_a_word_are_found_as_well(query):
    post = Post(
        author="@Budi",
        site="news.detik.com",
        url="https://detik.com/berita/1",
        links=("http://bca.example",),
        bio="Bank",
    )
    index = MatchIndex.build([Entry(query, 1, parse(query))])
    assert [match.key for match in index.match(post, 1)] == [query]
    assert index.match(Post(text="bank"), 1) == []
