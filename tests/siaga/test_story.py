"""The demo's story has the shape it promises: quiet days, one kind evening, one real crisis."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.posts import Post, post_from
from core.query_language.matcher import matches
from core.query_language.parser import parse
from siaga.story import brand, crisis, history
from siaga.story.quiet_weeks import WIB, tell, viral_moment
from siaga.story.uproar import ACTS

NOW = datetime(2026, 5, 20, 3, 17, tzinfo=UTC)
FIELDS = {
    "platform", "native_id", "author", "text", "title", "lang", "url", "published_at", "kind", "reply_to", "engagement",
}  # fmt: skip
PLATFORMS = {"x", "instagram", "tiktok", "facebook", "youtube", "news"}
KINDS = {"post", "reply", "repost", "quote", "comment"}


@pytest.fixture(scope="module")
def told():
    return list(tell(NOW))


@pytest.fixture(scope="module")
def beats():
    return list(crisis())


@pytest.fixture(scope="module")
def uproar(beats):
    return [post for beat in beats for post in beat.posts]


def at(post):
    return datetime.fromisoformat(post["published_at"])


def test_the_same_seed_tells_the_same_story_and_another_seed_another():
    first = list(history(NOW, seed=1))
    assert first == list(history(NOW, seed=1))
    assert [post["text"] for post in first[:50]] != [post["text"] for post in list(history(NOW, seed=2))[:50]]
    assert list(crisis(seed=1)) == list(crisis(seed=1))
    assert list(crisis(seed=1)) != list(crisis(seed=2))


def test_another_edition_of_the_crisis_changes_the_ids_and_nothing_else(uproar):
    again = [post for beat in crisis(edition="second") for post in beat.posts]
    assert not {post["native_id"] for post in again} & {post["native_id"] for post in uproar}
    assert [post["text"] for post in again] == [post["text"] for post in uproar]


def test_every_post_has_the_shape_of_the_api(told, uproar):
    for post in [*(one.post for one in told), *uproar]:
        assert set(post) - {"age_s"} <= FIELDS
        assert post["platform"] in PLATFORMS
        assert post["kind"] in KINDS
        assert post["text"].strip()
        assert not set("[]{}|") & set(post["text"].removeprefix("[SALAH]"))
        assert post["author"]["handle"]
        assert None not in post.values()
        assert min(post.get("engagement", {"likes": 0}).values()) >= 0


def test_no_two_posts_share_an_id(told, uproar):
    ids = Counter((post["platform"], post["native_id"]) for post in [*(one.post for one in told), *uproar])
    assert max(ids.values()) == 1


def test_history_is_two_weeks_in_order_that_end_now(told):
    times = [one.post["published_at"] for one in told]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)
    assert NOW - timedelta(days=14) <= at(told[0].post) < NOW - timedelta(days=13, hours=12)
    assert NOW - timedelta(hours=3) < at(told[-1].post) < NOW


def test_a_quiet_day_has_about_two_hundred_mentions(told):
    days = Counter((at(one.post) - NOW).days for one in told if one.part == "quiet")
    assert len(days) == 14
    assert all(140 <= count <= 260 for count in days.values())


def test_people_sleep_at_night_and_talk_at_lunch_and_in_the_evening(told):
    hours = Counter(at(one.post).astimezone(WIB).hour for one in told if one.part == "quiet")
    assert sum(hours[hour] for hour in (1, 2, 3)) * 3 < hours[12]
    assert hours[12] > hours[10]
    assert hours[19] > hours[16]


def test_a_fifth_to_a_third_of_quiet_talk_is_negative_and_every_mood_is_heard(told):
    moods = Counter(one.mood for one in told if one.part == "quiet")
    assert 0.20 <= moods["negative"] / moods.total() <= 0.30
    assert moods["neutral"] / moods.total() > 0.2
    assert moods["positive"] / moods.total() > 0.3


def test_quiet_talk_hardly_ever_repeats_a_text(told):
    texts = [one.post["text"].casefold() for one in told if one.part == "quiet"]
    assert len(set(texts)) / len(texts) > 0.97


def test_quiet_talk_is_spread_over_all_platforms(told):
    assert {one.post["platform"] for one in told if one.part == "quiet"} == PLATFORMS


def test_one_evening_is_five_to_eight_times_as_loud_and_hardly_negative(told):
    begins = viral_moment(NOW)
    ends = begins + timedelta(hours=3)
    evening = [one for one in told if one.part in {"quiet", "viral"} and begins <= at(one.post) < ends]
    ordinary = [one for one in told if one.part == "quiet" and begins.hour <= at(one.post).astimezone(WIB).hour < 22]
    assert 5 <= len(evening) / (len(ordinary) / 14) <= 8
    viral = Counter(one.mood for one in evening if one.part == "viral")
    assert viral["negative"] / viral.total() < 0.08
    assert timedelta(days=2) < NOW - begins < timedelta(days=4)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_the_viral_evening_is_at_seven_whenever_the_story_is_told(hour):
    now = NOW.replace(hour=hour)
    assert viral_moment(now).astimezone(WIB).hour == 19
    assert abs(now - viral_moment(now) - timedelta(days=3)) <= timedelta(hours=12)


def test_a_post_that_does_not_name_the_brand_answers_it(told, uproar):
    owned = {account.handle for account in brand.ACCOUNTS}
    public = [one.post for one in told if one.part in {"quiet", "viral"}] + uproar
    unnamed = [post for post in public if "rintik" not in (post["text"] + post.get("title", "")).casefold()]
    assert unnamed
    for post in unnamed:
        assert post.get("reply_to") in owned or post["author"]["handle"] in owned


def test_noise_speaks_of_rain_and_never_of_the_brand(told):
    noise = [one.post for one in told if one.part == "noise"]
    assert len(noise) > 80
    for post in noise:
        assert "reply_to" not in post
        assert not any(name in post["text"].casefold() for name in ("teh rintik", "tehrintik", "@"))


def test_the_crisis_has_three_to_six_hundred_posts_in_under_a_minute(beats, uproar):
    assert 300 <= len(uproar) <= 600
    assert beats[0].at_s == 0
    assert 35 <= ACTS[-1].ends_s <= 45
    assert [beat.at_s for beat in beats] == sorted({beat.at_s for beat in beats})
    assert [beat.minute for beat in beats] == sorted(beat.minute for beat in beats)
    assert all(0 < post["age_s"] <= 10 and "published_at" not in post for post in uproar)


def test_the_crisis_begins_on_tiktok_and_spreads_to_three_platforms_and_more(beats, uproar):
    assert {post["platform"] for post in beats[0].posts} == {"tiktok"}
    first_heard = {}
    for beat in beats:
        for post in beat.posts:
            first_heard.setdefault(post["platform"], beat.at_s)
    assert first_heard["tiktok"] < first_heard["x"] < first_heard["instagram"]
    counts = Counter(post["platform"] for post in uproar)
    assert min(counts[platform] for platform in ("tiktok", "x", "instagram", "facebook")) > 40


def test_the_crisis_has_provokers_copied_texts_a_rumour_a_careless_answer_and_an_end(uproar):
    loud = {post["author"]["handle"] for post in uproar if post["author"].get("followers", 0) > 150_000}
    assert len(loud - {account.handle for account in brand.ACCOUNTS}) >= 3
    assert Counter(post["text"] for post in uproar).most_common(1)[0][1] >= 8
    assert sum("grup sebelah" in post["text"].casefold() for post in uproar) >= 3
    own = [post["text"] for post in uproar if post["author"]["handle"] == "tehrintik"]
    assert "penyimpanan konsumen" in own[0]
    assert "minta maaf" in own[-1]
    sizes = [
        act.post_count / (act.ends_s - before) for act, before in zip(ACTS[1:], [a.ends_s for a in ACTS], strict=False)
    ]
    assert sizes[-1] < max(sizes) / 2


def test_every_beat_has_a_caption_in_both_languages(beats):
    assert all(beat.caption_id and beat.caption_en and beat.caption_id != beat.caption_en for beat in beats)


@pytest.mark.parametrize("keyword", brand.KEYWORDS, ids=lambda keyword: keyword.name)
def test_a_keyword_keeps_its_own_promises_and_earns_no_warning(keyword):
    query = parse(keyword.query)
    assert query.warnings == ()
    missed = [post for post in keyword.must_match if matches(query, post_from(post)) is None]
    caught = [post for post in keyword.must_not_match if matches(query, post_from(post)) is not None]
    assert (missed, caught) == ([], [])


def test_keyword_and_accounts_catch_all_talk_of_the_brand_and_none_of_the_rain(told, uproar):
    query = parse(brand.KEYWORDS[0].query)
    owned = {account.handle for account in brand.ACCOUNTS}

    def reaches_the_client(post):
        words = Post(title=post.get("title", ""), text=post["text"])
        return bool(owned & {post.get("reply_to"), post["author"]["handle"]}) or matches(query, words) is not None

    talk = [one.post for one in told if one.part in {"quiet", "viral", "own"}] + uproar
    rain = [one.post for one in told if one.part in {"noise", "rival"}]
    assert [post["text"] for post in talk if not reaches_the_client(post)] == []
    assert [post["text"] for post in rain if reaches_the_client(post)] == []
