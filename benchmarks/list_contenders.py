"""The list of mentions as others would write it: by hand on the driver, and with the ORM.

Both ask the database for the same in the same way, and answer the same JSON under the same row security and the same
check of the API key, behind the smallest Litestar application that can.
"""

import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from sqlalchemy import literal, select
from sqlalchemy.orm import aliased

from api.edge.mentions import Mention, mention_shape, probabilities
from benchmarks.house import Agency
from core import tokens
from storage.engine import Database
from storage.mentions import MentionRow
from storage.posts import PostRow
from storage.session import tenant_connection, tenant_session
from storage.table import utc_now

_LIST = """
    select m.id, m.client_id, m.post_id, m.published_at, m.platform, p.title, p.text, coalesce(p.lang, m.language),
        p.kind, m.sentiment, m.polarity, m.toxicity, m.complaint, m.hoax_cue, m.is_threat, m.reach, m.engagement,
        m.is_own, m.is_counted, p.deleted_at is not null, m.keyword_ids, m.keyword_version_ids, m.account_ids,
        m.reader_version, coalesce(m.machine_sentiment, m.sentiment), m.corrected_by is not null, m.p_neutral,
        p.native_id, p.author, p.author_name, p.followers, p.url, m.corrected_by
    from (
        select * from mentions m where m.agency_id = $1 and m.published_at >= $3 and m.published_at < $4
        order by m.published_at desc, m.id desc limit (select $2::int)
    ) m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        and p.published_at >= $3 and p.published_at < $4
    order by m.published_at desc, m.id desc
"""
_WINDOW = timedelta(days=28)
_MORE = ("native_id", "author", "author_name", "followers", "title", "text", "url", "kind")

Reading = Callable[[UUID, int], Awaitable[list[Mention]]]


class Answer(msgspec.Struct):
    """What the API answers, too."""

    data: list[Mention]
    next_cursor: str | None
    has_more: bool


def by_hand(db: Database, agency: Agency) -> Litestar:
    """asyncpg and msgspec."""

    async def read(agency_id: UUID, limit: int) -> list[Mention]:
        now = utc_now()
        async with tenant_connection(db, agency_id) as connection:
            rows = await connection.fetch(_LIST, agency_id, limit + 1, now - _WINDOW, now)
        return [mention_shape(row, Mention) for row in rows]

    return _app(read, agency)


def by_orm(db: Database, agency: Agency) -> Litestar:
    """SQLAlchemy's ORM, entities and all."""

    async def read(agency_id: UUID, limit: int) -> list[Mention]:
        now = utc_now()
        cut = (
            select(MentionRow)
            .where(MentionRow.published_at >= now - _WINDOW, MentionRow.published_at < now)
            .order_by(MentionRow.published_at.desc(), MentionRow.id.desc())
            .limit(select(literal(limit + 1)).scalar_subquery())
            .subquery()
        )
        found = aliased(MentionRow, cut)
        statement = (
            select(found, PostRow)
            .join(
                PostRow,
                (PostRow.agency_id == found.agency_id)
                & (PostRow.published_at == found.published_at)
                & (PostRow.id == found.post_id)
                & (PostRow.published_at >= now - _WINDOW)
                & (PostRow.published_at < now),
            )
            .order_by(found.published_at.desc(), found.id.desc())
        )
        async with tenant_session(db, agency_id) as session:
            return [_mention(mention, post) for mention, post in (await session.execute(statement)).tuples()]

    return _app(read, agency)


def _mention(mention: MentionRow, post: PostRow) -> Mention:
    values: dict[str, Any] = {name: getattr(post, name) for name in _MORE}
    values |= {"author_followers": values.pop("followers"), "lang": post.lang or mention.language}
    values |= {"is_deleted": post.deleted_at is not None, "is_corrected": mention.corrected_by is not None}
    values |= {"machine_sentiment": mention.machine_sentiment or mention.sentiment, "probabilities": None}
    if mention.p_neutral is not None:
        values["probabilities"] = probabilities(mention.polarity, mention.p_neutral)
    rest = (name for name in Mention.__struct_fields__ if name not in values)
    return Mention(**values, **{name: getattr(mention, name) for name in rest})


def _app(read: Reading, agency: Agency) -> Litestar:
    known = {tokens.digest(agency.key): agency.id}
    encoder = msgspec.json.Encoder()

    @get("/v1/mentions", media_type=MediaType.JSON)
    async def list_mentions(request: Request[Any, Any, Any], limit: int = 50) -> Response[bytes]:
        digest = tokens.digest(request.headers["authorization"].removeprefix("Bearer "))
        (agency_id,) = (owner for each, owner in known.items() if hmac.compare_digest(each, digest))
        rows = await read(agency_id, limit)
        shown = rows[:limit]
        cursor = f"{shown[-1].published_at.isoformat()}{shown[-1].id}" if len(rows) > limit else None
        return Response(encoder.encode(Answer(shown, cursor, cursor is not None)), media_type=MediaType.JSON)

    return Litestar([list_mentions], openapi_config=None, logging_config=None)
