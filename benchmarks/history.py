"""Months of posts, mentions and counts, written by the database itself: an agency with a past."""

from datetime import timedelta

from benchmarks.house import Agency, House
from storage.table import utc_now

A_DAY = 500
"""Mentions, evenly spread."""

_POSTS = """
    insert into posts (agency_id, published_at, id, platform, native_id, author, author_name, followers, text, lang,
        url, kind, likes, shares, comments, views, received_at)
    select $1::uuid, $2::timestamptz + n * interval '1 day' / $3::int, md5($1::uuid::text || n)::uuid,
        (array['x', 'tiktok', 'instagram'])[1 + n % 3], md5(n::text), 'akun' || n % 5000, 'Akun ke-' || n % 5000,
        n % 9000, words.text, 'id', 'https://example.com/' || md5(n::text),
        'post', n % 70, n % 9, n % 11, n % 3000, now()
    from generate_series(0, $3::int * $4::int - 1) n
    join unnest($5::text[]) with ordinality as words(text, place) on words.place = 1 + n % cardinality($5::text[])
"""
_MENTIONS = """
    insert into mentions (agency_id, published_at, id, client_id, post_id, platform, author_key, text_key, sentiment,
        polarity, p_neutral, toxicity, complaint, hoax_cue, is_threat, language, reach, engagement, is_own, is_counted,
        keyword_ids, keyword_version_ids, account_ids, reader_version, created_at)
    select agency_id, published_at, md5(id::text)::uuid, $2::uuid, id, platform, hashtext(author), hashtext(text),
        (array['negative', 'neutral', 'positive'])[1 + likes % 3], 0.1, 0.3, 0.02, 0.3, 0, false, 'id', views,
        likes + shares + comments, false, true, array[$2::uuid], array[$2::uuid], '{}', 'measured', now()
    from posts where agency_id = $1
"""
_BUCKETS = """
    insert into client_buckets (agency_id, client_id, bucket_at, mentions, voices, negative, negative_voices, neutral,
        positive, own, reach, engagement, toxic, threat, hoax, complaints, platforms)
    select agency_id, client_id, date_bin('5 minutes', published_at, '2000-01-01 00:00+00') as at, count(*), count(*),
        count(*) filter (where sentiment = 'negative'), 0, count(*) filter (where sentiment = 'neutral'),
        count(*) filter (where sentiment = 'positive'), 0, sum(reach), sum(engagement), 0, 0, 0, 0, 1
    from mentions where agency_id = $1 group by 1, 2, 3
"""


async def write(house: House, agency: Agency, texts: list[str], *, days: int) -> None:
    """So many days of talk about the agency's client, which end now."""
    start = utc_now() - timedelta(days=days)
    months = (
        "select ensure_month(m::date) from generate_series(date_trunc('month', $1::timestamptz), now(), '1 month') m"
    )
    await house.owner.execute(months, start)
    await house.owner.execute(_POSTS, agency.id, start, A_DAY, days, texts)
    await house.owner.execute(_MENTIONS, agency.id, agency.client_id)
    await house.owner.execute(_BUCKETS, agency.id)
    await house.owner.execute("vacuum analyze")
