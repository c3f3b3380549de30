"""The social accounts watched for a client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.attribution import WatchedAccount
from core.errors import Conflict
from core.plans import Quota
from storage import agencies, paging, quotas, versions
from storage.paging import Asked, Page
from storage.table import TenantTable, new_id
from storage.versions import refusing


class AccountRow(TenantTable):
    """An account on a platform; `kind` says what it is to the client. Handles are stored folded, without @."""

    __tablename__ = "monitored_accounts"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["agency_id", "competitor_id"], ["competitors.agency_id", "competitors.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("agency_id", "client_id", "platform", "handle"),
        Index(None, "agency_id", "client_id", "created_at", "id"),
        CheckConstraint("kind in ('owned', 'competitor', 'executive', 'watched')", name="kind"),
    )

    client_id: Mapped[UUID]
    competitor_id: Mapped[UUID | None]
    platform: Mapped[str]
    handle: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


_ACCOUNT_EXISTS = Conflict(
    "This client has an account of this handle on this platform already. Change that one.", code="account_exists"
)


_COUNT = select(func.count()).select_from(AccountRow)


async def watched(session: AsyncSession) -> list[WatchedAccount]:
    """Every account that the agency watches, for all its clients."""
    columns = (AccountRow.id, AccountRow.client_id, AccountRow.platform, AccountRow.handle, AccountRow.kind)
    return [WatchedAccount(*row) for row in await session.execute(select(*columns).order_by(AccountRow.id))]


async def count(session: AsyncSession) -> int:
    """How many accounts the agency has."""
    return (await session.execute(_COUNT)).scalar_one()


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> AccountRow:
    """Watch an account for a client; the handle is folded already.

    Raises: `Conflict` with the code `account_exists`.
    """
    await quotas.take(session, Quota.ACCOUNTS, _COUNT)
    agency_id: UUID = session.info["agency_id"]
    row = AccountRow(agency_id=agency_id, id=new_id(), **values, version=1, created_at=now, updated_at=now)
    session.add(row)
    async with refusing({"monitored_accounts_agency_id_client_id_platform_handle_key": _ACCOUNT_EXISTS}):
        await session.flush()
    await agencies.watch_changed(session)
    return row


async def change(
    session: AsyncSession, account_id: UUID, changes: Mapping[str, Any], *, version: int | None, now: datetime
) -> AccountRow:
    """What the account is to its client, changed.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    row = await versions.change(session, AccountRow, account_id, changes, version=version, now=now)
    await agencies.watch_changed(session)
    return row


async def remove(session: AsyncSession, account_id: UUID, *, version: int | None) -> None:
    """Watch the account no longer.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    await versions.remove(session, AccountRow, account_id, version=version)
    await agencies.watch_changed(session)


async def page(session: AsyncSession, asked: Asked) -> Page[AccountRow]:
    """The accounts that the agency watches."""
    return await paging.page_of(session, select(AccountRow), AccountRow, asked, words=(AccountRow.handle,))
