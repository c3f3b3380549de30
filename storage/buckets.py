"""Counts of a client's mentions over five minutes, folded from the mentions themselves.

A bucket that was touched is counted anew, whole, in the transaction that touched it: late, edited, corrected
and repeated posts then need no arithmetic of their own, and distinct voices stay exact. Source: decision 0003.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from sqlalchemy import ForeignKeyConstraint, text
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from storage.session import Connection


BUCKET = timedelta(minutes=5)


class BucketRow(Table):
    """Counts of one client over five minutes of publication time; partitioned by month.

    `voices` counts one author and one copied text once; own posts are left out of all counts but `own`. `capped` are
    those that a crawl brought which was cut off: with any, the counts are a minimum.
    """

    __tablename__ = "client_buckets"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        {"postgresql_partition_by": "RANGE (bucket_at)"},
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket_at: Mapped[datetime] = mapped_column(primary_key=True)
    mentions: Mapped[int] = mapped_column(INTEGER)
    voices: Mapped[int] = mapped_column(INTEGER)
    negative: Mapped[int] = mapped_column(INTEGER)
    negative_voices: Mapped[int] = mapped_column(INTEGER)
    neutral: Mapped[int] = mapped_column(INTEGER)
    positive: Mapped[int] = mapped_column(INTEGER)
    own: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    reach: Mapped[int]
    engagement: Mapped[int]
    toxic: Mapped[int] = mapped_column(INTEGER)
    threat: Mapped[int] = mapped_column(INTEGER)
    hoax: Mapped[int] = mapped_column(INTEGER)
    complaints: Mapped[int] = mapped_column(INTEGER)
    platforms: Mapped[int] = mapped_column(INTEGER)
    capped: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))


_LOCK = """
    select client_id from client_states where agency_id = $1 and client_id = any($2::uuid[])
    order by client_id for update
"""
# A mention is a new voice when neither its author nor its text was heard in the hour before it. That looks back
# and reaches forward by an hour, so the counted range is widened by as much. Marks count from 0.5 upwards.
_FOLD = """
    with heard as (
        select m.*, date_bin('5 minutes', m.published_at, '2000-01-01 00:00+00') as bucket_at, t.first_at, t.last_at,
            coalesce(m.published_at - lag(m.published_at) over author >= interval '1 hour', true)
                and coalesce(m.published_at - lag(m.published_at) over copied >= interval '1 hour', true) as is_voice,
            m.sentiment = 'negative' and coalesce(
                m.published_at - max(m.published_at) filter (where m.sentiment = 'negative') over before_of_author
                    >= interval '1 hour', true
            ) and coalesce(
                m.published_at - max(m.published_at) filter (where m.sentiment = 'negative') over before_of_text
                    >= interval '1 hour', true
            ) as is_negative_voice
        from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) as t(client_id, first_at, last_at)
        join mentions m on m.agency_id = $1 and m.client_id = t.client_id
            and m.published_at >= t.first_at - interval '1 hour' and m.published_at < t.last_at + interval '65 minutes'
            and m.published_at >= $5 and m.published_at < $6
        window
            author as (partition by m.client_id, m.is_counted, m.author_key order by m.published_at, m.id),
            copied as (partition by m.client_id, m.is_counted, m.text_key order by m.published_at, m.id),
            before_of_author as (author rows between unbounded preceding and 1 preceding),
            before_of_text as (copied rows between unbounded preceding and 1 preceding)
    )
    insert into client_buckets (agency_id, client_id, bucket_at, mentions, voices, negative, negative_voices,
        neutral, positive, own, reach, engagement, toxic, threat, hoax, complaints, platforms, capped)
    select $1, client_id, bucket_at,
        count(*) filter (where is_counted),
        count(*) filter (where is_counted and is_voice),
        count(*) filter (where is_counted and sentiment = 'negative'),
        count(*) filter (where is_counted and is_negative_voice),
        count(*) filter (where is_counted and sentiment = 'neutral'),
        count(*) filter (where is_counted and sentiment = 'positive'),
        count(*) filter (where is_own),
        coalesce(sum(reach) filter (where is_counted), 0),
        coalesce(sum(engagement) filter (where is_counted), 0),
        count(*) filter (where is_counted and toxicity >= 0.5),
        count(*) filter (where is_counted and is_threat),
        count(*) filter (where is_counted and hoax_cue >= 0.5),
        count(*) filter (where is_counted and complaint >= 0.5),
        count(distinct platform) filter (where is_counted and sentiment = 'negative'),
        count(*) filter (where is_capped)
    from heard
    where bucket_at >= first_at and bucket_at <= last_at + interval '1 hour'
    group by client_id, bucket_at
    on conflict (agency_id, client_id, bucket_at) do update set
        mentions = excluded.mentions, voices = excluded.voices, negative = excluded.negative,
        negative_voices = excluded.negative_voices, neutral = excluded.neutral, positive = excluded.positive,
        own = excluded.own, reach = excluded.reach, engagement = excluded.engagement, toxic = excluded.toxic,
        threat = excluded.threat, hoax = excluded.hoax, complaints = excluded.complaints,
        platforms = excluded.platforms, capped = excluded.capped
"""
_TOUCH = """
    update client_states s set
        dirty_from = least(s.dirty_from, t.first_at), latest_bucket_at = greatest(s.latest_bucket_at, t.last_at)
    from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[]) as t(client_id, first_at, last_at)
    where s.agency_id = $1 and s.client_id = t.client_id
"""


async def lock(connection: "Connection", agency_id: UUID, clients: Collection[UUID]) -> set[UUID]:
    """Let nobody else count for these clients until this transaction ends, always in the same order; those there are.

    A client that was taken out since its posts were matched is not among them.
    """
    return {row["client_id"] for row in await connection.fetch(_LOCK, agency_id, sorted(clients))}


async def fold(connection: "Connection", agency_id: UUID, touched: Mapping[UUID, tuple[datetime, datetime]]) -> None:
    """Count anew what was touched, and note for each client from where its score has to be looked at.

    `touched` holds each client's first and last touched bucket; the clients must be locked. The outer bounds
    on time let the planner leave other months alone.
    """
    clients = list(touched)
    firsts = [first for first, _ in touched.values()]
    lasts = [last for _, last in touched.values()]
    earliest, latest = min(firsts) - timedelta(hours=1), max(lasts) + timedelta(minutes=65)
    await connection.execute(_FOLD, agency_id, clients, firsts, lasts, earliest, latest)
    await connection.execute(_TOUCH, agency_id, clients, firsts, lasts)


FIGURES = (
    "mentions",
    "voices",
    "negative",
    "negative_voices",
    "positive",
    "reach",
    "toxic",
    "threat",
    "hoax",
    "platforms",
    "capped",
)
"""What of a bucket the score is made of."""

# A month has thousands of buckets, and a row for each would cost the driver and the reader more than the score itself.
# Each column comes as one string of eight-byte numbers instead; all of them in the same order.
_HISTORY = f"""
    select string_agg(int8send(extract(epoch from bucket_at)::bigint), ''),
        {", ".join(f"string_agg(int8send({name}), '')" for name in FIGURES)}
    from client_buckets
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
"""  # noqa: S608 - the names are those above


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of those buckets that have any, in no order. Units: `starts` are Unix seconds."""

    starts: "NDArray[np.int64]"
    figures: "Mapping[str, NDArray[np.int64]]"


async def history(
    connection: "Connection", agency_id: UUID, client_id: UUID, start: datetime, stop: datetime
) -> Counted:
    """The client's counts from `start` to before `stop`; empty buckets have none."""
    found = await connection.fetchrow(_HISTORY, agency_id, client_id, start, stop)
    starts, *figures = [np.frombuffer(column or b"", dtype=">i8").astype(np.int64) for column in found or ()]
    return Counted(starts, dict(zip(FIGURES, figures, strict=True)))
