"""What may be written, what is refused and where, and what is merely pointed out."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.query_language.parser import parse
from core.query_language.problems import MESSAGES, QuerySyntaxError
from core.query_language.syntax import And, Near, Not, Or, Query


def refusal(text, **settings):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text, **settings)
    return caught.value.problems


def warned(text):
    return [warning.code for warning in parse(text).warnings]


@pytest.mark.parametrize(
    ("query", "code", "marked"),
    [
        ("NOT indomie", "negation_only", "NOT indomie"),
        ("indomie OR NOT basi", "negation_only", "NOT basi"),
        ("-indomie -basi", "negation_only", "-indomie -basi"),
        ("bca OR (bri OR -bni)", "negation_only", "-bni"),
        ("NOT (a AND NOT b)", "negation_only", "NOT (a AND NOT b)"),
        ("lang:id AND followers:>=1000", "filter_only", "lang:id AND followers:>=1000"),
        ("bca OR lang:id", "filter_only", "lang:id"),
        ("lang:id -bca", "filter_only", "lang:id -bca"),
        ("indomie AND (basi OR ulat", "unbalanced_parenthesis", "("),
        ("indomie) basi", "unbalanced_parenthesis", ")"),
        ('indomie "bank mandiri', "unbalanced_quote", '"'),
        ("*pu AND shopee", "wildcard_position", "*"),
        ("pen*pu shopee", "wildcard_position", "*"),
        ("pe?ipu shopee", "wildcard_position", "?"),
        ("@band* shopee", "wildcard_position", "*"),
        ("in* AND shopee", "wildcard_prefix", "*"),
        ('"bank in*"', "wildcard_prefix", "*"),
        ("#in*", "wildcard_prefix", "*"),
        ("bca NEAR/3 (bobol AND saldo)", "near_operand", "(bobol AND saldo)"),
        ("bca NEAR/3 (bobol saldo)", "near_operand", "(bobol saldo)"),
        ("bca NEAR/3 (bobol OR (saldo AND atm))", "near_operand", "(saldo AND atm)"),
        ("bca NEAR/3 lang:id", "near_operand", "lang:id"),
        ("title:bca SENTENCE bobol", "near_operand", "title:bca"),
        ("bca NEAR/3 NOT bobol", "near_operand", "NOT"),
        ("bca NEAR/80 bobol", "near_distance", "80"),
        ("bca NEAR/x bobol", "near_distance", "x"),
        ("bca SENTENCE/2 bobol", "near_distance", "2"),
        ('"lebih enak"~99 bca', "near_distance", "~99"),
        ("penulis:budi AND bca", "unknown_field", "penulis:"),
        ("followers:banyak AND wardah", "bad_value", "banyak"),
        ("followers:9..1 AND wardah", "bad_value", "9..1"),
        ("lang:indonesia wardah", "bad_value", "indonesia"),
        ("country:zz wardah", "bad_value", "zz"),
        ("source:twitter wardah", "bad_value", "twitter"),
        ("is:viral wardah", "bad_value", "viral"),
        ("wardah lang: id", "bad_value", "lang:"),
        ("lang:(id AND en) wardah", "bad_value", "AND"),
        ("lang:() wardah", "bad_value", ")"),
        ('site:"detik com" wardah', "bad_value", '"detik com"'),
        ("wardah sentiment:negative", "late_filter", "sentiment:negative"),
        ("wardah score:<0", "late_filter", "score:<0"),
        ("wardah AND", "missing_operand", ""),
        ("OR wardah", "missing_operand", "OR"),
        ("wardah NEAR", "missing_operand", ""),
        ("wardah ()", "missing_operand", ")"),
        ("wardah - bca", "empty_term", "-"),
        ('wardah "!!!"', "empty_term", '"!!!"'),
        ("   ", "empty_query", "   "),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_at_its_place(query, code, marked):
    problem = refusal(query)[0]
    assert (problem.code, query[problem.offset : problem.offset + problem.length]) == (code, marked)


@pytest.mark.parametrize(
    ("query", "code", "limit", "found"),
    [
        ("a" * 8_193, "too_long", 8_192, 8_193),
        (" OR ".join(f"w{number}" for number in range(501)), "too_many_operands", 500, 501),
        (" OR ".join(f"kata{number}*" for number in range(51)), "too_many_wildcards", 50, 51),
        ('"' + "a " * 501 + '"~1', "too_many_operands", 500, 501),
        ("(" * 13 + "a" + ")" * 13, "too_deep", 12, 13),
        ("(" * 4_000 + "a" + ")" * 4_000, "too_deep", 12, 4_000),
        (" NEAR ".join(["a"] * 14), "too_deep", 12, 13),
        (" NEAR ".join("a" * 1_100), "too_many_operands", 500, 1_100),
    ],
)
def test_a_query_over_a_limit_is_told_the_limit_and_what_was_found(query, code, limit, found):
    problem = refusal(query)[0]
    assert (problem.code, problem.limit, problem.found) == (code, limit, found)
    assert f"{limit}" in problem.detail
    assert f"{found}" in problem.detail_id


@pytest.mark.parametrize(
    "query",
    [
        "a" * 8_192,
        " OR ".join(f"w{number}" for number in range(500)),
        " OR ".join(f"kata{number}*" for number in range(50)),
        "(" * 12 + "a" + ")" * 12,
        " NEAR ".join(["a"] * 13),
        "b " + "-" * 1_001 + "a",
    ],
)
def test_a_query_at_a_limit_is_accepted(query):
    assert isinstance(parse(query), Query)


@pytest.mark.parametrize(
    ("query", "suggestion"),
    [
        ("penulis:budi AND bca", "author:budi"),
        ("autor:budi AND bca", "author:budi"),
        ("bahasa:id AND bca", "lang:id"),
        ("hashtag:bri AND bca", "#bri"),
        ("mention:bri AND bca", "@bri"),
        ("https://detik.com/x", "url:detik.com/x"),
        ("folowers:>=5 AND bca", "followers:>=5"),
        ("source:twitter wardah", "source:x"),
        ("source:facebok wardah", "source:facebook"),
        ("lang:indonesia wardah", "lang:id"),
        ("followers:10k wardah", "followers:10000"),
        ("followers:>=1.000 wardah", "followers:>=1000"),
        ("followers:9..1 wardah", "followers:1..9"),
        ("bca NEAR/80 bobol", "NEAR/50"),
        ("bca NEAR/3 (bobol AND saldo)", "(bobol OR saldo)"),
        ("*pu* AND shopee", "pu"),
        ("pen*pu AND shopee", "penpu*"),
        ('bca "bank mandiri', 'bca "bank mandiri"'),
        ("(bca OR bri", "(bca OR bri)"),
        ("bca)", "bca"),
    ],
)
def test_a_refusal_suggests_what_to_write(query, suggestion):
    assert refusal(query)[0].suggestion == suggestion


def test_every_problem_is_told_at_once_the_first_one_first():
    codes = [problem.code for problem in refusal("penulis:budi AND in* AND lang:zz AND bca NEAR/80 bobol")]
    assert codes == ["unknown_field", "wildcard_prefix", "bad_value", "near_distance"]


def test_a_problem_speaks_both_languages():
    problem = refusal("penulis:budi AND bca")[0]
    assert problem.message == {
        "id": "Tidak ada penyaring bernama penulis:.",
        "en": "There is no field named penulis:.",
    }


def test_every_code_has_words_in_both_languages():
    assert all(indonesian and english and indonesian != english for indonesian, english in MESSAGES.values())


def test_saved_views_may_ask_for_what_analysis_finds():
    assert isinstance(parse("sentiment:negative score:<=-0.5", late_filters=True), Query)
    assert refusal("NOT sentiment:negative", late_filters=True)[0].code == "negation_only"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("wardah OR emina viva", ["mixed_and_or"]),
        ("(wardah emina) OR viva", []),
        ("wardah (emina OR viva)", []),
        ("(wardah) emina OR viva", ["mixed_and_or"]),
        ("wardah OR emina NOT viva", ["mixed_and_or", "unbracketed_not"]),
        ("wardah NOT emina viva", ["unbracketed_not"]),
        ("wardah NOT (emina viva)", []),
        ("wardah NOT emina AND viva", []),
        ("wardah NOT emina NOT viva", []),
        ("wardah -emina viva", []),
        ("mandiri", ["common_word"]),
        ("bumi OR bintang OR permata", ["common_word"] * 3),
        ('"bank mandiri" OR #mandiri OR @mandiri', []),
        ("mandiri AND lang:id", ["common_word"]),
        ("mandiri AND livinapp", []),
        ("bca NOT mandiri", []),
        ("mandiri NEAR/3 livinapp", []),
        ("ban* wardah", ["broad_wildcard"]),
        ("meng* wardah", ["broad_wildcard"]),
        ("penipu* wardah", []),
        ("wardah and emina", ["lower_case_operator"]),
        ("wardah dan emina", ["lower_case_operator"]),
        ("wardah near/3 emina", ["lower_case_operator"]),
        ('"wardah dan emina"', []),
    ],
)
def test_what_is_allowed_but_unwise_is_pointed_out(query, codes):
    assert warned(query) == codes


def test_a_warning_knows_its_place():
    query = "livinapp OR mandiri"
    warning = parse(query).warnings[0]
    assert query[warning.offset : warning.offset + warning.length] == "mandiri"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("a b c", "a AND b AND c"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("NOT a NEAR/2 b c", "(NOT (a NEAR/2 b)) AND c"),
        ("c NOT a AND b", "c AND (NOT a) AND b"),
        ("a NEAR/2 b NEAR/3 c", "(a NEAR/2 b) NEAR/3 c"),
        ("a NEAR b", "a NEAR/15 b"),
        ("a NEAR/4f b", "a ONEAR/4 b"),
        ("b --a", "b a"),
        ("b -a", "b NOT a"),
        ("b –a", "b NOT a"),
        ("“bank mandiri”", '"bank mandiri"'),
        ("hati-hati", '"hati hati"'),
        ("tiket.com", '"tiket com"'),
        ("MCDONALD'S", "mcdonalds"),
        ('+"Livin’"', 'exact:"Livin’"'),
        ('++"BUMI"', "raw:BUMI"),
        ("from:@Budi", "author:budi"),
        ("lang:in a", "lang:id a"),
        ("LANG:ID a", "lang:id a"),
        ("site:https://www.Detik.com/x", "site:detik.com"),
        ("lang:(id OR en) a", "(lang:id OR lang:en) a"),
        ("followers:>9 a", "followers:>=10 a"),
        ("a(b)", "a b"),
        ("NOT(a)b", "(NOT a) b"),
    ],
)
def test_two_ways_of_writing_mean_the_same(left, right):
    assert parse(left).tree == parse(right).tree


def test_the_operators_bind_as_told():
    tree = parse("a OR NOT b NEAR c d").tree
    assert isinstance(tree, Or)
    assert isinstance(tree.children[1], And)
    assert isinstance(tree.children[1].children[0], Not)
    assert isinstance(tree.children[1].children[0].child, Near)


def test_small_operators_are_ordinary_words():
    assert parse('"satu dan dua"').tree == parse('"satu DAN dua"').tree
    assert isinstance(parse("satu dan dua").tree, And)


SYMBOLS = 'AND OR NOT NEAR NEAR/3 ONEAR/x SENTENCE ( ) " - + ~ ~3 * ? # @ : lang: title: raw: lang:(id a bank in* 😡'
OTHERS = "penulis:x likes:>=5 bio: “ ' ꀕ \u200b"
symbols = st.lists(st.sampled_from([*SYMBOLS.split(" "), *OTHERS.split(" "), " "]), max_size=12)


@settings(max_examples=500, deadline=None)
@given(symbols, st.sampled_from(["", " "]))
def test_any_text_is_either_a_query_or_refused_inside_itself(found, glue):
    text = glue.join(found)
    try:
        query = parse(text)
    except QuerySyntaxError as error:
        places = error.problems
    else:
        places = query.warnings
    assert all(0 <= place.offset <= place.offset + place.length <= len(text) for place in places)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text):
    with contextlib.suppress(QuerySyntaxError):
        assert parse(text).source == text
