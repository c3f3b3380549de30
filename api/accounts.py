"""Monitored accounts: what reaches a client without any keyword, because of who posts or is spoken to."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import PLATFORM, Asked, Listed, Listing, listed, of_id, one_of
from api.edge.schema import (
    MAY_GROW,
    PERSONAL,
    Handle,
    Input,
    Output,
    PathId,
    Platform,
    changed,
    identifier,
    platform,
    shape,
)
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core.errors import FieldProblem, Invalid
from core.intake import fold_handle
from storage import accounts as records
from storage import clients, competitors, versions
from storage.accounts import AccountRow

Kind = Literal["owned", "competitor", "executive", "watched"]

_FOLDED = re.compile(r"[^\s\x00@]{1,100}")
_LISTING = Listing(
    sorts=("created_at", "updated_at", "handle"),
    filters={
        "client_id": of_id("Only accounts watched for this client."),
        "kind": one_of(Kind),
        "platform": PLATFORM,
    },
    searches="the handle",
)

PersonalHandle = Annotated[Handle, PERSONAL]


class MonitoredAccount(Output, frozen=True):
    """An account watched for one client. The handle is folded: lower case, no @.

    Posts of an `owned` account are the client's own voice; `competitor_id` says whose a competitor's account is.
    """

    id: UUID
    client_id: UUID
    platform: Platform
    handle: PersonalHandle
    kind: Annotated[Kind, MAY_GROW]
    competitor_id: UUID | None
    created_at: datetime
    updated_at: datetime


class NewMonitoredAccount(Input, frozen=True):
    """What is told of an account when it is watched; `competitor_id` only for the kind `competitor`."""

    client_id: UUID
    platform: Platform
    handle: PersonalHandle
    kind: Kind
    competitor_id: UUID | None = None


class MonitoredAccountChanges(Input, frozen=True):
    """What may change of an account; what is absent stays. Another kind than `competitor` drops the competitor."""

    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    competitor_id: UUID | None | msgspec.UnsetType = msgspec.UNSET


class MonitoredAccountList(Listed, frozen=True, kw_only=True):
    """A page of accounts, newest first."""

    data: Annotated[list[MonitoredAccount], msgspec.Meta(max_length=200)]


@post("/monitored-accounts", scope="clients:write", summary="Watch an account")
async def create_monitored_account(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewMonitoredAccount]
) -> Response[MonitoredAccount]:
    """Watch an account for a client: posts that come from it, mention it or reply to it reach the client."""
    platform(data.platform, "/platform")
    values = {"competitor_id": None, **changed(data), "handle": _handle(data.handle)}
    await clients.require(session, data.client_id)
    await _check_competitor(session, data.client_id, values)
    row = await records.add(session, values, now=now)
    content = shape(row, MonitoredAccount)
    return tagged(request, content, row.version, status=201, location=f"/v1/monitored-accounts/{row.id}")


@get("/monitored-accounts", scope="clients:read", summary="List watched accounts", listing=_LISTING)
async def list_monitored_accounts(
    request: AnyRequest, session: Session, asked: Asked
) -> Response[MonitoredAccountList]:
    """The accounts watched for all clients or for some, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, MonitoredAccountList, [shape(row, MonitoredAccount) for row in page.rows], page)


@get("/monitored-accounts/{account_id:str}", scope="clients:read", summary="Read a watched account")
async def get_monitored_account(
    request: AnyRequest, session: Session, account_id: PathId
) -> Response[MonitoredAccount]:
    """One watched account."""
    row = await versions.get(session, AccountRow, identifier(account_id))
    return tagged(request, shape(row, MonitoredAccount), row.version)


@patch("/monitored-accounts/{account_id:str}", scope="clients:write", summary="Change a watched account")
async def change_monitored_account(
    request: AnyRequest,
    session: Session,
    now: Now,
    account_id: PathId,
    data: JSONBody[MonitoredAccountChanges],
    if_match: IfMatch = None,
) -> Response[MonitoredAccount]:
    """Change what an account is to its client. Another handle is another account: watch that one instead."""
    version = expected_version(if_match)
    current = await versions.get(session, AccountRow, identifier(account_id), lock=True)
    changes = changed(data)
    if changes.get("kind", "competitor") != "competitor":
        changes.setdefault("competitor_id", None)
    merged = {"kind": current.kind, "competitor_id": current.competitor_id, **changes}
    await _check_competitor(session, current.client_id, merged)
    row = await records.change(session, current.id, changes, version=version, now=now)
    return tagged(request, shape(row, MonitoredAccount), row.version)


@delete("/monitored-accounts/{account_id:str}", scope="clients:write", summary="Stop watching an account")
async def delete_monitored_account(session: Session, account_id: PathId, if_match: IfMatch = None) -> None:
    """Watch an account no longer. What it brought so far stays."""
    await records.remove(session, identifier(account_id), version=expected_version(if_match))


def _handle(text: str) -> str:
    """The handle as it is compared; folding may bring forth what the schema already refuses in the original."""
    folded = fold_handle(text)
    if not _FOLDED.fullmatch(folded):
        detail = "This is no handle. Send 1 to 100 characters without blanks or a second @."
        problem = FieldProblem("invalid_handle", detail, pointer="/handle")
        raise Invalid("A field is refused.", problems=[problem])
    return folded


async def _check_competitor(session: Session, client_id: UUID, values: Mapping[str, Any]) -> None:
    """Refuse a competitor where the account is none's, or one that is not the client's."""
    if values["competitor_id"] is None:
        return
    if values["kind"] != "competitor":
        detail = "Only an account of the kind competitor has a competitor. Leave it out, or change the kind."
        problem = FieldProblem("competitor_unexpected", detail, pointer="/competitor_id")
        raise Invalid("A field is refused.", problems=[problem])
    await competitors.require(session, values["competitor_id"], client_id=client_id)


router = Router(
    "/v1",
    route_handlers=[
        create_monitored_account,
        list_monitored_accounts,
        get_monitored_account,
        change_monitored_account,
        delete_monitored_account,
    ],
    tags=["Monitored accounts"],
)
