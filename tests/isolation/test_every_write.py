"""Every operation that writes is called with success, and each has to be told in the audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from api.edge.gate import Gate
from core.settings import Settings
from storage import audit
from storage.engine import Database
from storage.session import tenant_connection
from tests import holdings
from tests.conftest import PASSWORD, Caller, calling, found_agency
from tests.holdings import Holdings
from tests.issuer import APPLICATION, SECRET, issuing
from tests.operations import OPERATIONS, WRITES, Operation

# What hangs on others is removed before them; a new password ends sign-ins that others need, what is revoked is not
# rotated, a keyword that is in force already is not activated, and what takes an incident's place or ends it comes last.
WRITING = sorted(
    (each for each in OPERATIONS if each.method in WRITES - {"delete"}),
    key=lambda each: (
        each.id in {"change_password", "activate_keyword", "declare_incident", "dismiss_incident"}
        or each.path.endswith("/revoke")
    ),
) + sorted(
    (each for each in OPERATIONS if each.method == "delete"),
    key=lambda each: (each.path != "/v1/clients/{client_id}", each.path),
    reverse=True,
)
# As they declare themselves with `unaudited`, each with its reason.
UNAUDITED = {"create_mentions", "preview_keyword", "analyse_texts", "preview_lexicon"}


async def _told(caller: Caller) -> list[dict[str, Any]]:
    return (await caller.get("/v1/audit-entries?limit=200")).json()["data"]


async def _is_whole(db: Database, caller: Caller) -> bool:
    async with tenant_connection(db, caller.agency.id) as connection:
        return await audit.broken(connection, caller.agency.id) is None


@pytest.fixture(scope="module")
async def busy(app: Gate, db: Database, settings: Settings) -> AsyncIterator[tuple[Caller, Holdings]]:
    """An agency that has one of everything, for this module to use up."""
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        caller = Caller(http, agency)
        yield caller, await holdings.fill(caller, settings)


async def test_every_operation_that_writes_leaves_an_entry(app: Gate, db: Database, busy: tuple[Caller, Holdings]):
    caller, held = busy
    untold: list[str] = []
    for operation in WRITING:
        async with _ready(operation, app, caller) as body:
            before = {each["id"] for each in await _told(caller)}
            answer = await _call(operation, app, caller, held, body)
        assert answer.is_success, f"{operation.id} is to succeed here, so that it can be seen to be told: {answer.text}"
        fresh = [each for each in await _told(caller) if each["id"] not in before]
        if (operation.id in UNAUDITED) != (not [each for each in fresh if each["action"] == operation.id]):
            untold.append(operation.id)
        assert {each["action"] for each in fresh} <= {operation.id, "sign_in", "create_data_subject_request"}
        assert all(each["target_kind"] for each in fresh)
    assert untold == [], "ask for `session`, or see api/edge/acts.py"
    assert await _is_whole(db, caller)


@asynccontextmanager
async def _ready(operation: Operation, app: Gate, caller: Caller) -> AsyncIterator[dict[str, Any] | None]:
    """Within the block the operation succeeds with this body; None where it needs no preparation."""
    if operation.id == "accept_invitation":
        body = {"email": f"{uuid4().hex}@uji.test", "role": "analyst"}
        key = {"Idempotency-Key": f'"{uuid4()}"'}
        token = (await caller.post("/v1/invitations", json=body, headers=key)).json()["token"]
        yield {"token": token, "name": "Dewi", "password": PASSWORD}
    elif operation.id == "finish_oidc_log_in":
        async with issuing() as issuer, calling(app, None) as http:
            provider = {"name": "Masuk", "issuer": issuer.url, "application_id": APPLICATION}
            provider |= {"application_secret": SECRET, "redirect_uris": ["https://app.example.com/masuk"]}
            made = (await caller.post("/v1/identity-providers", json=provider)).json()
            query = {"redirect_uri": made["redirect_uris"][0]}
            begun = (await http.get(f"/v1/auth/oidc/{made['id']}/start", params=query)).json()
            code, state = issuer.log_in(
                begun["authorization_url"], sub="1", email=caller.agency.email, email_verified=True
            )
            yield {"transaction": begun["transaction"], "code": code, "state": state}
    else:
        yield None


async def _call(operation: Operation, app: Gate, caller: Caller, held: Holdings, body: dict[str, Any] | None):
    """Call it so that it succeeds: those of a sign-in with one of the owner's."""
    if operation.id == "refuse_data_subject_request":
        asked = {"kind": "access", "platform": "x", "handle": "siapa"}
        made = (await caller.post("/v1/data-subject-requests", json=asked)).json()
        return await operation.call(caller.http, {**held.ids, "request_id": made["id"]})
    if body is not None or not operation.path.startswith("/v1/auth/"):
        return await operation.call(caller.http, held.ids, body=body)
    good = {"email": caller.agency.email, "password": PASSWORD}
    async with calling(app, None) as http:
        if operation.id == "sign_in":
            return await operation.call(http, held.ids, body=good)
        signed_in = (await http.post("/v1/auth/token", json=good)).json()
        http.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        body = None if operation.id == "change_password" else {"refresh_token": signed_in["refresh_token"]}
        return await operation.call(http, held.ids, body=body)
