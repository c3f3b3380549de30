"""What was told at once, kept so that it is told once; and the few reads that decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from core.alarms.backlash import WINDOW, Voices
from core.alarms.drift import DAYS, Day
from core.alarms.takeover import OwnPost
from core.alarms.wording import AlarmKind
from core.events import EventType
from storage import outbox
from storage.table import TenantTable, new_id

if TYPE_CHECKING:
    from storage.session import Connection

HABITS = timedelta(days=30)
MOST_HABITS = 200
ONCE_IN = timedelta(hours=24)
_KNOWN = ", ".join(f"'{kind}'" for kind in AlarmKind)


class AlarmRow(TenantTable):
    """An alarm that was raised. `subject_key` is a hash of what it is about: the text, or the day."""

    __tablename__ = "alarms"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "kind", "raised_at"),
        CheckConstraint(f"kind in ({_KNOWN})", name="kind"),
    )

    client_id: Mapped[UUID]
    kind: Mapped[str]
    subject_key: Mapped[int]
    mention_id: Mapped[UUID | None]
    published_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm to be raised."""

    client_id: UUID
    kind: AlarmKind
    subject_key: int
    published_at: datetime
    mention_id: UUID | None = None
    figures: dict[str, Any] | None = None


_RAISE = """
    insert into alarms (agency_id, id, client_id, kind, subject_key, mention_id, published_at, figures, raised_at)
    select $1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9
    where not exists (
        select from alarms a where a.agency_id = $1 and a.client_id = $3 and a.kind = $4 and a.subject_key = $5
            and a.raised_at > $10
    ) returning id
"""


async def raise_all(
    connection: "Connection", agency_id: UUID, alarms: Sequence[Alarm], *, now: datetime, once_in: timedelta = ONCE_IN
) -> list[UUID]:
    """Raise alarms, each once in 24 hours for the same client, kind and subject; the ids of those that are new.

    The clients must be locked, so that two do not raise the same.
    """
    raised: list[UUID] = []
    for alarm in alarms:
        figures = msgspec.json.encode(alarm.figures or {}).decode()
        told = (alarm.client_id, alarm.kind.value, alarm.subject_key, alarm.mention_id, alarm.published_at, figures)
        found = await connection.fetchval(_RAISE, agency_id, new_id(), *told, now, now - once_in)
        if found is not None:
            raised.append(found)
    if raised:
        await outbox.append_on(connection, agency_id, EventType.ALARM_RAISED, raised, now=now)
    return raised


async def find(session: AsyncSession, alarm_id: UUID) -> AlarmRow | None:
    """The alarm; None once its client is gone."""
    return (await session.execute(select(AlarmRow).where(AlarmRow.id == alarm_id))).scalar_one_or_none()


async def blamed(session: AsyncSession, client_id: UUID, *, since: datetime) -> UUID | None:
    """The mention of the client's own, published since then, after which the talk turned against it; the latest."""
    statement = (
        select(AlarmRow.mention_id)
        .where(AlarmRow.client_id == client_id, AlarmRow.kind == AlarmKind.BACKLASH, AlarmRow.published_at >= since)
        .order_by(AlarmRow.published_at.desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


_HABITS = """
    select p.text, m.language, m.published_at
    from mentions m join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        and p.published_at >= $4 and p.published_at < $5
    where m.agency_id = $1 and m.client_id = $2 and m.platform = $3 and m.is_own and m.published_at >= $4
        and m.published_at < $5
    order by m.published_at desc, m.id desc limit (select $6::int)
"""


async def habits(
    connection: "Connection", agency_id: UUID, client_id: UUID, platform: str, before: datetime
) -> list[OwnPost]:
    """The client's own posts on a platform in the 30 days before."""
    rows = await connection.fetch(_HABITS, agency_id, client_id, platform, before - HABITS, before, MOST_HABITS)
    return [OwnPost(row["text"], row["language"], row["published_at"].astimezone(UTC).hour) for row in rows]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a client's own, with the voices before and after it."""

    client_id: UUID
    mention_id: UUID
    published_at: datetime
    before: Voices
    after: Voices


# Answers to single people are no statements. The bucket of the statement itself belongs to neither side.
_STATEMENTS = """
    select m.client_id, m.id, m.published_at,
        coalesce(sum(b.voices) filter (where b.bucket_at < m.published_at - interval '5 minutes'), 0),
        coalesce(sum(b.negative_voices) filter (where b.bucket_at < m.published_at - interval '5 minutes'), 0),
        coalesce(sum(b.voices) filter (where b.bucket_at > m.published_at), 0),
        coalesce(sum(b.negative_voices) filter (where b.bucket_at > m.published_at), 0)
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        and p.published_at >= $2 and p.published_at < $3 and p.kind in ('post', 'quote')
    join client_buckets b on b.agency_id = m.agency_id and b.client_id = m.client_id
        and b.bucket_at >= m.published_at - $4::interval and b.bucket_at < m.published_at + $4::interval
        and b.bucket_at >= $2 - $4::interval and b.bucket_at < $3 + $4::interval
    where m.agency_id = $1 and m.is_own and m.published_at >= $2 and m.published_at < $3
        and m.client_id in (
            select c.client_id from client_buckets c
            where c.agency_id = $1 and c.bucket_at >= $2 - interval '5 minutes' and c.bucket_at < $3 and c.own > 0
        )
    group by m.client_id, m.id, m.published_at
"""


async def statements(connection: "Connection", agency_id: UUID, *, now: datetime) -> list[Statement]:
    """The statements that clients made in the last three hours, with the voices around each."""
    rows = await connection.fetch(_STATEMENTS, agency_id, now - WINDOW, now, WINDOW)
    return [Statement(row[0], row[1], row[2], Voices(row[3], row[4]), Voices(row[5], row[6])) for row in rows]


_DAYS = """
    select client_id, date_bin('1 day', bucket_at, $2) as day, sum(voices)::int, sum(negative_voices)::int
    from client_buckets where agency_id = $1 and bucket_at >= $2 and bucket_at < $3 group by 1, 2
"""


async def days(connection: "Connection", agency_id: UUID, *, until: datetime) -> dict[UUID, list[Day]]:
    """The last 56 whole days of talk of every client, in order."""
    since = until - timedelta(days=2 * DAYS)
    found: dict[UUID, list[Day]] = {}
    for row in await connection.fetch(_DAYS, agency_id, since, until):
        of_client = found.setdefault(row[0], [Day(0, 0)] * (2 * DAYS))
        of_client[(row[1] - since).days] = Day(row[2], row[3])
    return found


_HOURS = """
    select date_bin('1 hour', bucket_at, $4) as hour, sum(mentions)::int from client_buckets
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4 group by 1
"""


async def hours(
    connection: "Connection", agency_id: UUID, client_id: UUID, *, until: datetime, count: int
) -> list[float]:
    """Mentions of a client in each of the last hours before an instant, from the first that had one on."""
    since = until - timedelta(hours=count)
    rows = await connection.fetch(_HOURS, agency_id, client_id, since, until)
    counts = [0.0] * count
    for row in rows:
        counts[(row[0] - since) // timedelta(hours=1)] = float(row[1])
    first = next((place for place, each in enumerate(counts) if each), count)
    return counts[first:]
