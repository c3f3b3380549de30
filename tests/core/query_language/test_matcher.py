"""What each rule of the language matches, and what it leaves alone."""

import pytest

from core.posts import Post, post_from
from core.query_language.matcher import Span, matches
from core.query_language.parser import parse


def hits(query, text="", **fields):
    return matches(parse(query), Post(text=text, **fields)) is not None


def marked(query, text):
    return [text[span.start : span.end] for span in matches(parse(query), Post(text=text)) or ()]


@pytest.mark.parametrize(
    ("query", "matching", "others"),
    [
        # Folding and tokens.
        ("mcdonalds", ["McDonald's", "MCDONALD’S"], ["mc donalds", "mcdonald"]),
        ("cafe", ["Café", "cafe\u0301"], ["cafes"]),
        ("bca", ["m-BCA", "(bca)", "ＢＣＡ", "bca_mobile"], ["bcamobile", "https://bca.example"]),
        ("dan", ["ini dan itu"], ["andan"]),
        ("😡", ["duh😡😡", "😡"], ["😠"]),
        # Hashtags and handles.
        ("#BankMandiri", ["x #bankmandiri."], ["bankmandiri", "#BankMandiriPeduli"]),
        ("bankmandiri", ["#BankMandiri", "bankmandiri"], ["@bankmandiri", "#bankmandiripeduli"]),
        ("@bankmandiri", ["hai @BankMandiri!"], ["bankmandiri", "@bankmandiri2", "a@bankmandiri", "@bankmandiri.id"]),
        ("bank*", ["bankir", "#bankir", "bank"], ["@bankmandiri", "perbankan"]),
        ("#bank*", ["#bankmandiri"], ["bankir"]),
        # Phrases.
        ('"bank mandiri"', ["Bank-Mandiri", "bank\nmandiri", "bank https://x.example mandiri"], ["mandiri bank", "bank @x mandiri"]),
        ('"bank mandiri"', ["bank #mandiri"], ["#bank_mandiri"]),
        ("hati-hati", ["Hati-hati!", "hati hati"], ["hati"]),
        ("tiket.com", ["Tiket.com", "tiket com"], ["tiket di com", "www.tiket.com"]),
        ('"lebih enak"~1', ["lebih enak", "enak lebih", "lebih jauh enak"], ["lebih enggak jauh enak"]),
        ('"enak enak"~1', ["enak sekali enak"], ["enak sekali", "enak"]),
        ('"bank mandir*"', ["bank mandirinya"], ["bank x mandiri"]),
        # Proximity.
        ("a NEAR/2 b", ["a x x b", "b a"], ["a x x x b"]),
        ("a NEAR/0 b", ["a b", "b a"], ["a x b"]),
        ("a ONEAR/2 b", ["a x b"], ["b a"]),
        ("a NEAR/2f b", ["a x b"], ["b a"]),
        ("a NEAR a", ["a x a"], ["a"]),
        ('bank NEAR/2 "bank mandiri"', ["bank bank mandiri"], ["bank mandiri"]),
        ("a NEAR b", ["a " + "x " * 15 + "b"], ["a " + "x " * 16 + "b"]),
        ("a NEAR/1 b NEAR/1 c", ["b x a x c", "c a b"], ["a b x x c"]),
        ("(a OR b) NEAR/1 (c OR @d)", ["b @d", "c x a"], ["a b", "a x x c"]),
        ("raw:BRI NEAR/1 stem:tipu", ["BRI penipuan", "ditipu oleh BRI"], ["bri penipuan"]),
        ("bca SENTENCE dibobol", ["BCA saya dibobol. Ya", "dibobol v1.2 bca"], ["BCA. Dibobol", "bca\ndibobol", "bca! dibobol"]),
        ("bca OSENTENCE dibobol", ["bca dibobol"], ["dibobol bca"]),
        # Wildcards.
        ("penipu*", ["penipu", "Penipuan"], ["penip", "menipu"]),
        ("cancel?ed", ["cancelled"], ["canceled", "cancelllled"]),
        ("wardah?", ["wardahs"], ["wardah", "wardahss"]),
        # Literals.
        ("raw:BUMI", ["Saham BUMI!", "$BUMI", "BUMI-ku", "x_BUMI", "BUMI's"], ["bumi", "BUMIku", "#BUMI", "@BUMI", "http://x/BUMI", "1BUMI"]),
        ("exact:bumi", ["BUMI", "Bumi."], ["bumiku", "#bumi"]),
        ("raw:Nestlé", ["Nestlé", "Nestle\u0301"], ["Nestle", "nestlé"]),
        ('raw:"C++"', ["C++", "C++,"], ["C+", "c++", "BC++"]),
        ('raw:"go!"', ["go!", "ayo go!!"], ["ergo!", "go"]),
        ('raw:"#BUMI"', ["#BUMI"], ["#BUMIku", "BUMI"]),
        ('++"Bank BRI"', ["di Bank BRI."], ["Bank  BRI", "bank BRI"]),
        # Stems.
        ("stem:tipu", ["menipu", "Ditipu!", "#penipuan", "tipu"], ["tipus", "@penipu"]),
        # Combinations.
        ("a OR b c", ["a", "b c"], ["b", "c"]),
        ("a -b", ["a"], ["a b", "b"]),
        ("a NOT (b OR c)", ["a d"], ["a c"]),
        ("a NOT b NEAR/1 c", ["a b", "a b x x c"], ["a b c"]),
        ("a (b OR NOT c)", ["a", "a b c"], ["a c"]),
    ],
)  # fmt: skip
def test_a_condition_matches_these_texts_and_not_those(query, matching, others):
    assert [text for text in matching if not hits(query, text)] == []
    assert [text for text in others if hits(query, text)] == []


@pytest.mark.parametrize(
    ("query", "matching", "others"),
    [
        ("author:budi_88", [{"author": "@Budi_88"}], [{"author": "budi"}, {}]),
        ('author_name:"toko budi"', [{"author_name": "Toko Budi Jaya"}], [{"author_name": "Budi Toko"}]),
        ("bio:penjual", [{"bio": "Penjual sate"}], [{"text": "penjual"}]),
        ("site:detik.com", [{"site": "www.detik.com"}, {"site": "NEWS.detik.com"}, {"url": "https://detik.com/x"}], [{"site": "fakedetik.com"}, {"site": "detik.com.evil.id"}, {}]),
        ("url:detik.com/berita", [{"url": "https://www.detik.com/berita/1?x=2"}, {"url": "http://Detik.com/beritaku"}], [{"url": "https://detik.com/olahraga"}, {"url": "https://news.detik.com/berita"}]),
        ("url:detik.com", [{"url": "https://detik.com"}, {"url": "https://detik.com/a"}], [{"url": "https://detik.com.evil.id/"}]),
        ("links:bca.example", [{"links": ("https://promo.bca.example/x",)}, {"text": "lihat https://bca.example"}], [{"links": ("https://notbca.example",)}, {"site": "bca.example"}]),
    ],
)  # fmt: skip
def test_where_a_post_comes_from_is_a_condition(query, matching, others):
    assert [fields for fields in matching if not hits(query, **fields)] == []
    assert [fields for fields in others if hits(query, **fields)] == []


@pytest.mark.parametrize(
    ("condition", "matching", "others"),
    [
        ("lang:id", [{"lang": "id"}, {"lang": "in"}, {"lang": "id-ID"}], [{"lang": "en"}, {}]),
        ("lang:in", [{"lang": "id"}], [{"lang": "ms"}]),
        ("lang:he", [{"lang": "iw"}], [{}]),
        ("-country:id", [{}, {"country": "my"}], [{"country": "ID"}]),
        ("sourcecountry:id", [{"source_country": "id"}], [{"country": "id"}]),
        ("region:32", [{"region": "Jawa Barat"}, {"region": "jabar"}, {"region": "32"}, {"city": "3273"}], [{"region": "Banten"}, {}]),
        ('region:"jawa barat"', [{"region": "32"}], [{"region": "33"}]),
        ("city:bandung", [{"city": "Kota Bandung"}, {"city": "Bandung"}], [{"city": "Bandung Barat"}, {}]),
        ("city:3273", [{"city": "3273"}], [{"city": "3271"}]),
        ("source:(x OR threads)", [{"source": "X"}, {"source": "threads"}], [{"source": "news"}, {}]),
        ("is:reply", [{"is_reply": True}, {"reply_to": "bca"}], [{}]),
        ("is:(repost OR quote)", [{"is_repost": True}, {"is_quote": True}], [{"is_comment": True}]),
        ("-is:verified", [{}], [{"is_verified": True}]),
        ("is:question", [{"text": "a benar?"}, {"title": "Benarkah？"}], [{"text": "a https://x.example/?q=1"}]),
        ("has:link", [{"text": "a www.x.example"}, {"links": ("https://x.example",)}], [{"text": "a x.example"}]),
        ("has:image", [{"media": ("image",)}, {"media": ("https://x.example/a.JPG?s=1",)}], [{"media": ("video/mp4",)}, {}]),
        ("has:video", [{"media": ("video/mp4",)}], [{"media": ("photo",)}]),
        ("has:hashtag", [{"text": "a #b"}], [{"text": "a b"}]),
        ("has:mention", [{"text": "a @b"}], [{"text": "a b@c.d"}]),
        ("followers:>=1000", [{"followers": 1000}], [{"followers": 999}, {}]),
        ("likes:<5", [{}, {"likes": 4}], [{"likes": 5}]),
        ("views:10..20", [{"views": 10}, {"views": 20}], [{"views": 9}, {"views": 21}]),
        ("comments:=3", [{"comments": 3}], [{"comments": 4}]),
        ("engagement:>=6", [{"likes": 1, "shares": 2, "comments": 3}, {"engagement": 6}], [{"likes": 9, "engagement": 5}]),
    ],
)  # fmt: skip
def test_a_filter_narrows_and_what_is_missing_counts_as_nothing(condition, matching, others):
    query = f"{condition} author:x"
    assert [fields for fields in matching if not hits(query, author="x", **fields)] == []
    assert [fields for fields in others if hits(query, author="x", **fields)] == []


def test_bare_words_search_title_and_text_but_nothing_crosses_between_them():
    assert hits("bank", title="Bank")
    assert hits("bank mandiri", "mandiri", title="Bank")
    assert not hits('"bank mandiri"', "mandiri", title="Bank")
    assert not hits("bank NEAR mandiri", "mandiri", title="Bank")


def test_title_and_content_restrict_a_condition_to_one_field():
    assert hits("title:(telkom NEAR/2 laba)", title="Telkom cetak laba")
    assert not hits("title:(telkom OR indosat)", "telkom", title="Laba")
    assert hits('content:"cetak laba"', "cetak laba")
    assert not hits('content:"cetak laba"', title="cetak laba")


def test_spans_point_at_what_was_found():
    text = "Halo McDonald's 😡, BUMI & Bank-Mandiri #BankMandiri"
    query = 'mcdonalds OR 😡 OR raw:BUMI OR "bank mandiri" OR #bankmandiri OR tidak'
    assert marked(query, text) == ["McDonald's", "😡", "BUMI", "Bank-Mandiri", "#BankMandiri"]


def test_the_span_of_a_proximity_is_its_hull_and_exclusions_have_none():
    assert marked("grab NEAR/3 driver NOT bite", "wah driver si grab nakal") == ["driver si grab"]


def test_spans_name_their_field_title_first():
    assert matches(parse("bca bio:toko"), Post(title="BCA", text="bca", bio="toko")) == (
        Span("title", 0, 3),
        Span("bio", 0, 4),
        Span("text", 0, 3),
    )


def test_a_match_by_author_alone_has_no_span_and_is_still_a_match():
    assert matches(parse("author:budi"), Post(author="budi")) == ()


def test_late_filters_match_what_analysis_wrote():
    query = parse("sentiment:negative score:<=-0.5 bca", late_filters=True)
    assert matches(query, Post(text="bca", sentiment="negative", score=-0.5)) is not None
    assert matches(query, Post(text="bca", sentiment="negative", score=-0.4)) is None
    assert matches(query, Post(text="bca", sentiment="negative")) is None


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("query", "is_match"),
    [
        ("a NEAR/50 b NEAR/50 a NEAR/50 b NOT c", True),
        ("b SENTENCE a SENTENCE b SENTENCE a", True),
        ("a OSENTENCE b", False),
        ('"a b a b"~50', True),
        ('"' + "a " * 300 + '"~50', True),
        ('"' + "a " * 4_000 + '"', True),
    ],
)
def test_a_post_made_to_be_costly_is_answered_all_the_same(query, is_match):
    assert hits(query, "b " * 10_000 + "a " * 10_000) is is_match


def test_loose_fields_become_a_post():
    post = post_from(
        {
            "text": "a",
            "title": None,
            "author": {"handle": "@b", "name": "B", "followers": 5, "verified": True},
            "reply": True,
            "flags": ["is_quote"],
            "links": "https://x.example",
            "media": [{"type": "photo"}],
            "sourcecountry": "id",
            "why": "passed over",
        }
    )
    assert post == Post(
        text="a",
        author="@b",
        author_name="B",
        followers=5,
        is_verified=True,
        is_reply=True,
        is_quote=True,
        links=("https://x.example",),
        media=("photo",),
        source_country="id",
    )
