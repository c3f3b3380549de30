"""Another agency, another client's portal, a reader and a stranger call every operation, and come away with nothing."""

from uuid import UUID

import httpx
import pytest

from api.edge.gate import Gate
from core.access import MATRIX, MEMBER_ROLES, SCOPES, Role, scopes_of
from core.ids import uuid7
from storage.engine import Database
from tests.conftest import Agency, Caller, calling, found_agency, issue_key
from tests.holdings import plant_incident, register, undisturbed
from tests.isolation.conftest import Full
from tests.operations import OPERATIONS, WRITES, Operation

CLOSED = [each for each in OPERATIONS if not each.is_open]
BY_ID = [each for each in CLOSED if each.parameters]
BY_FILTER = [each for each in CLOSED if each.filters and not each.is_stream]
# Operations whose body names something that exists: the fields, and what the caller has of its own around them.
IN_BODY = {
    "create_api_key": ["client_id"],
    "create_portal_token": ["client_id"],
    "create_expert_token": ["incident_id"],
    "create_competitor": ["client_id"],
    "create_monitored_account": ["client_id", "competitor_id"],
    "change_monitored_account": ["competitor_id"],
    "create_keyword": ["client_id"],
    "create_campaign": ["client_id"],
    "declare_incident": ["client_id"],
    "start_backtest": ["client_id"],
    "create_alert_rule": ["client_id", "keyword_id"],
    "create_webhook_endpoint": ["client_id"],
    "create_sentiment_sample": ["client_id"],
}
# What bodies name that need not exist where the scope is asked for first.
NAMED = ("client_id", "competitor_id", "incident_id", "item_id", "keyword_id")
# What fails for want of something: a key has no password to change, and a client that just came no past month.
WANTING = {("change_password", 403), ("create_sentiment_sample", 409)}
# Written with POST, and changing nothing: trying a query or a text reads, and the own password is one's own.
READ_BY_POST = {"preview_keyword", "change_password", "analyse_texts", "preview_lexicon"}


def named(operations: list[Operation]):
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.id)


def unknown() -> str:
    return str(uuid7(1_700_000_000_000, UUID(int=0x1234).bytes[:10]))


def words(answer: httpx.Response) -> dict[str, object]:
    """A problem document without what belongs to the one request."""
    return {name: value for name, value in answer.json().items() if name not in {"instance", "request_id"}}


def shows(answer: httpx.Response, full: Full) -> list[str]:
    """Ids of the full agency that stand in an answer, beyond those that the caller sent."""
    return [
        i for i in (*full.holdings.ids.values(), str(full.agency.id), str(full.agency.owner_id)) if i in answer.text
    ]


def test_the_walk_takes_every_operation_there_is(app: Gate, full: Full):
    walked = {(each.path, each.method) for each in OPERATIONS}
    served = {
        (route.path_format, method.lower())
        for route in app.app.routes
        for method in getattr(route, "route_handler_map", {})
        if method != "OPTIONS" and not route.path_format.startswith(("/docs", "/openapi"))
    }
    assert served | {("/openapi.json", "get")} == walked
    for operation in OPERATIONS:
        assert set(operation.parameters) <= {*full.holdings.ids, "kind"}, f"{operation.id}: nothing to walk it with"
        assert set(operation.filters) <= set(full.holdings.ids), f"{operation.id}: nothing to filter it by"
        body = operation.body(full.holdings.ids) or {}
        assert [name for name in body if name.endswith("_id") and body[name] and name != "application_id"] == [
            name for name in body if name in IN_BODY.get(operation.id, [])
        ], f"{operation.id}: IN_BODY does not tell of its ids"


@named(BY_ID)
async def test_an_id_of_another_agency_is_an_unknown_id(
    operation: Operation, full: Full, db: Database, stranger: Caller
):
    async with undisturbed(db, full.agency.id):
        foreign = await operation.call(stranger.http, full.holdings.ids)
    strange = {name: unknown() for name in full.holdings.ids}
    nowhere = await operation.call(stranger.http, strange)
    # Misspelt in the path alone: in a body it would be a mistake of another kind, told before anything is looked up.
    misspelt = await operation.call(
        stranger.http, dict.fromkeys(full.holdings.ids, "%2A"), body=operation.body(strange)
    )
    assert foreign.status_code == nowhere.status_code == misspelt.status_code == 404, foreign.text
    assert words(foreign) == words(nowhere) == words(misspelt)
    assert foreign.headers.keys() == nowhere.headers.keys()


@named(BY_FILTER)
async def test_a_list_filtered_by_anothers_id_is_empty(operation: Operation, full: Full, stranger: Caller):
    for name in operation.filters:
        answer = await operation.call(stranger.http, full.holdings.ids, query={name: full.holdings[name]})
        assert answer.status_code == 200, answer.text
        content = answer.json()
        # The log of events also says from where to go on, even where there is nothing.
        content.pop("resume_after", None)
        assert content == {"data": [], "next_cursor": None, "has_more": False}


@named([each for each in CLOSED if each.id in IN_BODY])
async def test_an_id_of_another_agency_in_a_body_is_refused_like_an_unknown_one(
    operation: Operation, full: Full, db: Database, stranger: Caller
):
    own = await register(stranger, "Klien Kami", f"milik{operation.id}")
    own["incident_id"] = await plant_incident(db, stranger.agency.id, own["client_id"])
    for name in IN_BODY[operation.id]:
        async with undisturbed(db, full.agency.id):
            foreign = await operation.call(stranger.http, own, body=operation.body({**own, name: full.holdings[name]}))
        nowhere = await operation.call(stranger.http, own, body=operation.body({**own, name: unknown()}))
        assert foreign.status_code == nowhere.status_code == 422, foreign.text
        assert words(foreign) == words(nowhere)
    answer = await operation.call(stranger.http, own)
    assert answer.is_success or (operation.id, answer.status_code) in WANTING


@named([each for each in CLOSED if not each.parameters])
async def test_what_needs_no_id_answers_with_the_callers_own(
    operation: Operation, full: Full, db: Database, stranger: Caller
):
    own = await register(stranger, "Klien Kami", "milikkami")
    own["incident_id"] = await plant_incident(db, stranger.agency.id, own["client_id"])
    async with undisturbed(db, full.agency.id):
        answer = await operation.call(stranger.http, own)
    assert answer.is_success or (operation.id, answer.status_code) in WANTING, answer.text
    assert shows(answer, full) == []


@named([each for each in OPERATIONS if each.is_open])
async def test_what_is_open_to_all_tells_nothing_of_an_agency(operation: Operation, full: Full, db: Database, nobody):
    async with undisturbed(db, full.agency.id):
        answer = await operation.call(nobody, {**full.holdings.ids, "kind": "not_found"})
    expected = {
        "sign_in": 401,
        "renew_sign_in": 401,
        "sign_out": 204,
        "accept_invitation": 422,
        "start_oidc_log_in": 400,
        "finish_oidc_log_in": 401,
    }.get(operation.id, 200)
    assert answer.status_code == expected, answer.text
    assert set(shows(answer, full)) <= {full.holdings.ids.get(name) for name in operation.parameters}


@named(CLOSED)
async def test_without_a_credential_every_door_is_shut(operation: Operation, full: Full, db: Database, nobody):
    async with undisturbed(db, full.agency.id):
        answer = await operation.call(nobody, full.holdings.ids)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "unauthenticated"


@named(CLOSED)
async def test_a_portal_reaches_its_own_client_only(operation: Operation, full: Full, db: Database, portal: Caller):
    async with undisturbed(db, full.agency.id):
        answer = await operation.call(portal.http, full.holdings.ids)
    if operation.scope not in scopes_of(Role.PORTAL_VIEWER):
        assert (answer.status_code, answer.json()["scope"]) == (403, operation.scope)
    elif operation.parameters:
        nowhere = await operation.call(portal.http, {name: unknown() for name in full.holdings.ids})
        assert answer.status_code == nowhere.status_code == 404, answer.text
        assert words(answer) == words(nowhere)
    elif operation.id in IN_BODY:
        # What it makes is its own client's: the other one is as unknown to it as any.
        nowhere = await operation.call(portal.http, {name: unknown() for name in full.holdings.ids})
        assert answer.status_code == nowhere.status_code == 422, answer.text
        assert words(answer) == words(nowhere)
    else:
        filters = [{name: full.holdings[name]} for name in operation.filters]
        answers = [answer, *[await operation.call(portal.http, full.holdings.ids, query=each) for each in filters]]
        assert all(each.status_code == 200 for each in answers)
        assert all(shows(each, full) == [] for each in answers)


@named(CLOSED)
async def test_an_outside_expert_reaches_one_incident_only(
    operation: Operation, full: Full, db: Database, expert: Caller
):
    """The expert of the second client's incident, with the ids of the first, then with those of the second."""
    async with undisturbed(db, full.agency.id):
        answer = await operation.call(expert.http, full.holdings.ids)
        own = await operation.call(expert.http, full.holdings.ids | full.beside)
    if operation.scope not in scopes_of(Role.OUTSIDE_EXPERT):
        assert (answer.status_code, answer.json()["scope"]) == (403, operation.scope)
        return
    if operation.parameters:
        nowhere = await operation.call(expert.http, {name: unknown() for name in full.holdings.ids})
        assert answer.status_code == nowhere.status_code == 404
        assert words(answer) == words(nowhere)
    assert own.status_code == 200
    assert shows(own, full) == []


@named([each for each in BY_ID if each.method == "get" and each.scope in scopes_of(Role.PORTAL_VIEWER)])
async def test_a_portal_reads_what_is_its_own_clients(operation: Operation, full: Full, portal: Caller):
    assert (await operation.call(portal.http, full.beside)).status_code == 200


@named([each for each in CLOSED if each.method in WRITES and each.id not in READ_BY_POST])
async def test_who_may_only_read_writes_nothing(operation: Operation, full: Full, app: Gate, db: Database):
    key = await issue_key(db, full.agency.id, role=Role.READ_ONLY)
    async with calling(app, key) as http, undisturbed(db, full.agency.id):
        answer = await operation.call(http, full.holdings.ids)
    assert (answer.status_code, answer.json()["scope"]) == (403, operation.scope)


@pytest.fixture(scope="module")
async def key_of(db: Database) -> dict[Role, str]:
    """A key of each role with every scope, in an agency that has nothing."""
    agency = await found_agency(db)
    return {role: await issue_key(db, agency.id, role=role) for role in MEMBER_ROLES}


@named(CLOSED)
async def test_each_role_reaches_what_the_matrix_gives_it_and_no_more(
    operation: Operation, app: Gate, key_of: dict[Role, str]
):
    resource, _, action = operation.scope.partition(":")
    strength = ("-", "read", "write", "manage")
    nothing = dict.fromkeys((*NAMED, *operation.parameters), unknown())
    for role, key in key_of.items():
        async with calling(app, key) as http:
            answer = await operation.call(http, nothing)
        lacks = answer.status_code == 403 and answer.json().get("scope") == operation.scope
        assert lacks != (strength.index(MATRIX[role].get(resource, "-")) >= strength.index(action)), (role, answer.text)


@named(CLOSED)
async def test_a_credential_without_the_scope_is_told_which_one(
    operation: Operation, app: Gate, db: Database, other_agency: Agency
):
    resource = operation.scope.partition(":")[0]
    scopes = tuple(scope for scope in SCOPES if not scope.startswith(f"{resource}:"))
    nothing = dict.fromkeys((*NAMED, *operation.parameters), unknown())
    async with calling(app, await issue_key(db, other_agency.id, scopes=scopes)) as http:
        answer = await operation.call(http, nothing)
    assert (answer.status_code, answer.json()["scope"]) == (403, operation.scope)


async def test_what_somebody_changes_would_be_seen(caller: Caller, db: Database):
    made = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    path, any_version = f"/v1/clients/{made}", {"If-Match": "*"}
    for change in (
        lambda: caller.post("/v1/competitors", json={"client_id": made, "name": "Teh Pagi"}),
        lambda: caller.patch(path, json={"name": "Kopi Pagi"}, headers=any_version),
        lambda: caller.delete(path, headers=any_version),
    ):
        with pytest.raises(AssertionError):
            async with undisturbed(db, caller.agency.id):
                await change()
    async with undisturbed(db, caller.agency.id):
        assert (await caller.get("/v1/clients")).status_code == 200
