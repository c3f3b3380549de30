"""G3: a bulk POST with all that follows, against COPY of the same rows. G4: the write step alone, and repeats.

G3 counts the request (validation, row security, dedupe, outbox), the relay's claim and the match job: 10,000 terms of
twenty agencies, every post matches, is read, becomes a mention and is counted. The assessment is left out: it is a
client's, not a post's. COPY puts what is then remembered, post and mention in one row, into a plain table with three
btree indexes. G4 compares `storage.posts.record` with COPY of the posts alone into such a table. Batches are of 1,000
posts within an hour, and each batch is of the hour after the one before.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from api.edge.intake import NewAuthor, NewEngagement, NewPost, read_items
from benchmarks.house import Agency, House, call, found_agency, house, texts
from benchmarks.measure import Result, Work, at_least, medians
from core.events import EventType
from core.intake import Arrival
from core.query_language.common_words import COMMON_WORDS
from jobs.context import Context
from jobs.mentions import match_posts
from jobs.worker import open_context
from storage import posts, unscoped
from storage.session import tenant_connection
from storage.table import new_id, utc_now

ROUNDS = 9
BATCH = 1_000
BATCHES = 3
AGENCIES = 20
TERMS = 10_000
BRAND = "kopisenja"
LEASE = timedelta(seconds=30)

# A plain table for each COPY: what it is told, and three btree indexes.
_PLAIN = """
    create table plain_posts (like posts);
    alter table plain_posts add primary key (agency_id, published_at, id);
    create unique index on plain_posts (agency_id, platform, native_id);
    create index on plain_posts (agency_id, platform, published_at, id);
    create table plain_mentions as
        select p.*, m.client_id, m.author_key, m.text_key, m.sentiment, m.polarity, m.toxicity, m.complaint, m.hoax_cue,
            m.is_threat, m.language, m.engagement, m.is_own, m.is_counted, m.keyword_ids, m.keyword_version_ids,
            m.account_ids, m.reader_version, m.created_at
        from posts p join mentions m on false;
    alter table plain_mentions add primary key (agency_id, published_at, id);
    create unique index on plain_mentions (agency_id, platform, native_id);
    create index on plain_mentions (agency_id, client_id, published_at, id);
"""
_POST_COLUMNS = ("agency_id", "received_at", *Arrival._fields[:-1])
_MENTION_COLUMNS = (
    *_POST_COLUMNS, "client_id", "author_key", "text_key", "sentiment", "polarity", "toxicity", "complaint", "hoax_cue",
    "is_threat", "language", "engagement", "is_own", "is_counted", "keyword_ids", "keyword_version_ids", "account_ids",
    "reader_version", "created_at",
)  # fmt: skip
_ENCODER = msgspec.json.Encoder()


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    async with house() as where:
        await where.owner.execute(_PLAIN)
        agencies = [await found_agency(where.db) for _ in range(AGENCIES)]
        await _watch(where, agencies)
        stock = _stock()
        async with open_context(where.settings) as context:
            await context.watchlist.load()
            whole = await _whole_path(where, context, agencies[0], stock)
        return [*whole, *await _write_step(where, agencies[1], stock)]


async def _whole_path(where: House, context: Context, agency: Agency, stock: list[list[NewPost]]) -> list[Result]:
    bodies = [_ENCODER.encode({"items": batch}) for batch in stock]
    rows = [_mention_rows(agency, _arrivals(agency.id, batch)) for batch in stock]

    async def ours() -> None:
        status, body = await call(where.app, "POST", "/v1/mentions", key=agency.key, body=bodies.pop())
        assert status == 200, body
        (due,) = await unscoped.claim_outbox(where.db, now=utc_now(), lease=LEASE, limit=BATCHES)
        assert due.type == EventType.POSTS_RECEIVED
        await match_posts(context, due)
        await _forget_what_follows(where)

    async def copy() -> None:
        await where.owner.copy_records_to_table("plain_mentions", records=rows.pop(), columns=_MENTION_COLUMNS)

    spent = await medians(where.meter, {"ours": _batches(ours), "copy": _batches(copy)}, rounds=ROUNDS)
    found = await where.owner.fetchval("select count(*) from mentions where agency_id = $1", agency.id)
    assert found == len(stock) * BATCH, f"{found} mentions of {len(stock) * BATCH} posts"
    return [at_least("G3 bulk POST with all that follows, to COPY", spent["copy"] / spent["ours"], 0.25)]


async def _forget_what_follows(where: House) -> None:
    """The assessments that are due: they are not measured here."""
    await where.owner.execute("delete from outbox")


async def _write_step(where: House, agency: Agency, stock: list[list[NewPost]]) -> list[Result]:
    arrivals = [_arrivals(agency.id, batch) for batch in stock]
    fresh, again = list(arrivals), list(arrivals)
    rows = [_post_rows(agency, batch) for batch in arrivals]

    async def ours(pending: list[list[Arrival]], outcome: str) -> None:
        async with tenant_connection(where.db, agency.id) as connection:
            recorded = await posts.record(connection, agency.id, pending.pop(), now=utc_now())
        assert {status for status, _ in recorded.outcomes.values()} == {outcome}

    async def copy() -> None:
        await where.owner.copy_records_to_table("plain_posts", records=rows.pop(), columns=_POST_COLUMNS)

    contenders = {
        "fresh": _batches(lambda: ours(fresh, "created")),
        "copy": _batches(copy),
        "again": _batches(lambda: ours(again, "duplicate")),
    }
    spent = await medians(where.meter, contenders, rounds=ROUNDS)
    return [
        at_least("G4 write step to COPY", spent["copy"] / spent["fresh"], 0.5),
        at_least("G4 a fresh batch to one of duplicates", spent["fresh"] / spent["again"], 1.5),
    ]


def _batches(work: Callable[[], Awaitable[None]]) -> Work:
    async def several() -> int:
        for _ in range(BATCHES):
            await work()
        return BATCHES * BATCH

    return several


def _stock() -> list[list[NewPost]]:
    """As many batches as all rounds take, the one published first at the end, where it is taken from."""
    count = (ROUNDS + 1) * BATCHES
    words, begin = texts(BATCH), utc_now() - timedelta(hours=count + 1)
    batches = [
        [_post(words[place], number * BATCH + place, begin) for place in range(BATCH)] for number in range(count)
    ]
    return batches[::-1]


def _post(text: str, number: int, begin: datetime) -> NewPost:
    first, _, rest = text.partition(" ")
    return NewPost(
        platform=("x", "tiktok", "instagram")[number % 3],
        native_id=f"{1_500_000_000_000_000_000 + number * 7919}",
        published_at=begin + number * timedelta(hours=1) / BATCH,
        text=f"{first} {BRAND} {rest}",
        author=NewAuthor(handle=f"akun{number % 7001}", name=f"Akun ke-{number % 7001}", followers=number % 9000),
        lang="id",
        url=f"https://example.com/{number % 7001}/status/{number}",
        engagement=NewEngagement(likes=number % 70, shares=number % 9, comments=number % 11, views=number % 3000),
    )


def _arrivals(agency_id: UUID, batch: list[NewPost]) -> list[Arrival]:
    read, refused = read_items(agency_id, batch, utc_now())
    assert not refused
    return [arrival for _, arrival in read]


def _post_rows(agency: Agency, batch: list[Arrival]) -> list[tuple[Any, ...]]:
    now = utc_now()
    return [(agency.id, now, *arrival[:-1]) for arrival in batch]


def _mention_rows(agency: Agency, batch: list[Arrival]) -> list[tuple[Any, ...]]:
    now, ids = utc_now(), [new_id()]
    return [
        (*row, agency.client_id, hash(row[6]), hash(row[10]), "negative", -0.4, 0.02, 0.5, 0.0, False, "id", 80, False,
         True, ids, ids, [], "2026-11-01.1", now)
        for row in _post_rows(agency, batch)
    ]  # fmt: skip


async def _watch(where: House, agencies: list[Agency]) -> None:
    """10,000 terms, each of a keyword of its own, spread over the agencies; the first also watches the brand."""
    chooser, words, now = random.Random(TERMS), list(COMMON_WORDS), utc_now()
    queries = [(agencies[number % AGENCIES], _query(number, chooser, words)) for number in range(TERMS - 1)]
    keywords, versions = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for number, (agency, query) in enumerate([(agencies[0], f"{BRAND} -lowongan"), *queries]):
        keyword_id, version_id = new_id(), new_id()
        keywords.append((agency.id, keyword_id, agency.client_id, f"k{number}", "active", version_id, now, now))
        versions.append((agency.id, version_id, keyword_id, 1, query, "[]", "[]", now))
    names = ("agency_id", "id", "client_id", "name", "status", "current_version_id", "created_at", "updated_at")
    await where.owner.copy_records_to_table("keywords", records=keywords, columns=names)
    names = ("agency_id", "id", "keyword_id", "number", "query", "must_match", "must_not_match", "created_at")
    await where.owner.copy_records_to_table("keyword_versions", records=versions, columns=names)


def _query(number: int, chooser: random.Random, words: list[str]) -> str:
    """A query as agencies write them, around an invented name; one in ten is around a rather rare word."""
    name = chooser.choice(words[2_000:]) if number % 10 == 0 else f"{chooser.choice(words)[:4]}{number}"
    other = chooser.choice(words)
    return (f"{name} AND (gangguan OR {other})", f'"{name} {other}"', f"{name} NEAR/5 {other}")[number % 3]
