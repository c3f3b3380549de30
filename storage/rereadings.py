"""Mentions that are read again: their texts in order, and the new readings beside people's labels."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from storage.stored_posts import COLUMNS

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

_READ = ", ".join(f"p.{name}" for name in COLUMNS)
_TEXTS = f"""
    select m.id, m.published_at, m.reader_version, coalesce(m.machine_sentiment, m.sentiment) as machine_sentiment,
        m.polarity, {_READ}
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        and p.published_at >= $3 and p.published_at < $5
    where m.agency_id = $1 and m.client_id = $2 and (m.published_at, m.id) > ($3, $4) and m.published_at >= $3
        and m.published_at < $5 and not m.is_own and p.deleted_at is null
    order by m.published_at, m.id limit (select $6::int)
"""  # noqa: S608 - the names are the columns of a post
_READ_AGAIN = """
    update mentions m set
        sentiment = case when m.corrected_by is null then t.sentiment else m.sentiment end,
        machine_sentiment = case when m.corrected_by is null then null else t.sentiment end,
        polarity = t.polarity, p_neutral = t.p_neutral, toxicity = t.toxicity, complaint = t.complaint,
        hoax_cue = t.hoax_cue, is_threat = t.is_threat, language = t.language, reader_version = $2
    from unnest($3::timestamptz[], $4::uuid[], $5::text[], $6::real[], $7::real[], $8::real[], $9::real[], $10::real[],
        $11::boolean[], $12::text[]) as t(published_at, id, sentiment, polarity, p_neutral, toxicity, complaint,
        hoax_cue, is_threat, language)
    where m.agency_id = $1 and m.published_at = t.published_at and m.id = t.id
"""


async def texts(
    connection: "Connection",
    agency_id: UUID,
    client_id: UUID,
    *,
    after: tuple[datetime, UUID],
    until: datetime,
    limit: int,
) -> "list[Record]":
    """A client's mentions published after that place and before `until`, oldest first, to be read again."""
    return await connection.fetch(_TEXTS, agency_id, client_id, *after, until, limit)


async def read_again(
    connection: "Connection", agency_id: UUID, columns: Sequence[Sequence[Any]], *, reader_version: str
) -> None:
    """Write new readings of known mentions, beside people's labels.

    `columns` are those of `_READ_AGAIN` in their order, a value for each mention.
    """
    await connection.execute(_READ_AGAIN, agency_id, reader_version, *columns)
