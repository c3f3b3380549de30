"""Alert rules of an agency, and the alerts that they have given."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, select, update
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, INTEGER
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.alert_rules import Rule, RuleKind
from core.errors import FieldProblem, Invalid
from storage import paging
from storage.accounts import AccountRow
from storage.keywords import KeywordRow
from storage.paging import Asked, Page
from storage.posts import FOLDED
from storage.table import TenantTable, new_id

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

_KINDS = "kind in ('volume', 'negative_count', 'negative_share', 'reach', 'keyword', 'author', 'score')"


class AlertRuleRow(TenantTable):
    """When an agency wants to be told about a client; `last_fired_at` is the bucket that it was last told of."""

    __tablename__ = "alert_rules"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["agency_id", "keyword_id"], ["keywords.agency_id", "keywords.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["agency_id", "account_id"], ["monitored_accounts.agency_id", "monitored_accounts.id"], ondelete="CASCADE"
        ),
        Index(None, "agency_id", "client_id", "created_at", "id"),
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint(_KINDS, name="kind"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    kind: Mapped[str]
    keyword_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    threshold: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    window_minutes: Mapped[int] = mapped_column(INTEGER)
    cooldown_minutes: Mapped[int] = mapped_column(INTEGER)
    is_enabled: Mapped[bool]
    last_fired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AlertRow(TenantTable):
    """What a rule has told, or would have told were it not for `held_by`, as the rule stood then."""

    __tablename__ = "alerts"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "triggered_at", "id"),
        Index(None, "agency_id", "triggered_at", "id"),
        CheckConstraint(_KINDS, name="kind"),
    )

    client_id: Mapped[UUID]
    rule_id: Mapped[UUID]
    rule_name: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    observed: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    threshold: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    window_minutes: Mapped[int] = mapped_column(INTEGER)
    held_by: Mapped[str | None]
    triggered_at: Mapped[datetime]


def value(row: AlertRuleRow) -> Rule:
    """The row as the rules know it."""
    return Rule(RuleKind(row.kind), row.threshold, row.window_minutes, row.cooldown_minutes)


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> AlertRuleRow:
    """Set up a rule."""
    agency_id: UUID = session.info["agency_id"]
    row = AlertRuleRow(agency_id=agency_id, id=new_id(), **values, version=1, created_at=now, updated_at=now)
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[AlertRuleRow]:
    """The agency's rules."""
    return await paging.page_of(session, select(AlertRuleRow), AlertRuleRow, asked, words=(AlertRuleRow.name,))


async def enabled(session: AsyncSession, client_id: UUID) -> Sequence[AlertRuleRow]:
    """The rules that are in force for a client."""
    statement = select(AlertRuleRow).where(AlertRuleRow.client_id == client_id, AlertRuleRow.is_enabled)
    return (await session.execute(statement.order_by(AlertRuleRow.id))).scalars().all()


async def record(session: AsyncSession, rule: AlertRuleRow, values: Mapping[str, Any], *, now: datetime) -> AlertRow:
    """Note that a rule has alerted; its cooldown counts from there. The rule's version stays."""
    copied = {name: getattr(rule, name) for name in ("client_id", "kind", "threshold", "window_minutes")}
    row = AlertRow(
        agency_id=rule.agency_id,
        id=new_id(),
        rule_id=rule.id,
        rule_name=rule.name,
        **copied,
        **values,
        triggered_at=now,
    )
    session.add(row)
    await session.execute(update(AlertRuleRow).where(AlertRuleRow.id == rule.id).values(last_fired_at=row.at))
    await session.flush()
    return row


async def page_alerts(session: AsyncSession, asked: Asked) -> Page[AlertRow]:
    """The alerts that rules have given."""
    return await paging.page_of(session, select(AlertRow), AlertRow, asked)


async def require_watched(
    session: AsyncSession, client_id: UUID, keyword_id: UUID | None, account_id: UUID | None, *, below: str = ""
) -> None:
    """Refuse a rule that watches a keyword or an account which this client does not have.

    Raises: `Invalid`, with the same words for an unknown one, another client's and another agency's.
    """
    for name, row, watched in (("keyword", KeywordRow, keyword_id), ("account", AccountRow, account_id)):
        if watched is None:
            continue
        held = select(row.id).where(row.id == watched, row.client_id == client_id)
        if (await session.execute(held.with_for_update(read=True, key_share=True))).scalar_one_or_none() is None:
            detail = f"This client has no such {name}. Check the id."
            problem = FieldProblem("not_watched", detail, pointer=f"{below}/{name}_id")
            raise Invalid("A field is refused.", problems=[problem])


_BY_KEYWORD = """
    select date_bin('5 minutes', published_at, '2000-01-01 00:00+00') as bucket_at, count(*) as said
    from mentions
    where agency_id = $1 and client_id = $2 and published_at >= $3 and published_at < $4
        and keyword_ids @> array[$5::uuid] and is_counted
    group by 1
"""
# An account is part of a mention that answers it, too: the author of the post decides.
_BY_AUTHOR = f"""
    select date_bin('5 minutes', m.published_at, '2000-01-01 00:00+00') as bucket_at, count(*) as said
    from mentions m
        join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        join monitored_accounts a on a.agency_id = m.agency_id and a.id = $5
    where m.agency_id = $1 and m.client_id = $2 and m.published_at >= $3 and m.published_at < $4
        and m.account_ids @> array[$5::uuid] and p.platform = a.platform and {FOLDED} = a.handle
    group by 1
"""  # noqa: S608 - the expression is our own
_SCORES = """
    select bucket_at, score as said from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
"""


async def counted_apart(
    connection: "Connection", rule: AlertRuleRow, start: datetime, stop: datetime
) -> "list[Record]":
    """What a rule looks at that does not stand in the client's counts, by bucket; empty buckets have no row."""
    bounds = (rule.agency_id, rule.client_id, start, stop)
    if rule.kind == RuleKind.SCORE:
        return await connection.fetch(_SCORES, *bounds)
    if rule.kind == RuleKind.KEYWORD:
        return await connection.fetch(_BY_KEYWORD, *bounds, rule.keyword_id)
    return await connection.fetch(_BY_AUTHOR, *bounds, rule.account_id)
