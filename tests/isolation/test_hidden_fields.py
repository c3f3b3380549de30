"""What a role may not see is absent from its answers, and from the schema of them."""

from typing import Any

import httpx
import pytest

from core.access import HIDDEN, Role
from tests.conftest import Caller
from tests.isolation.conftest import Full
from tests.operations import CONTRACT

SCHEMAS: dict[str, Any] = CONTRACT["components"]["schemas"]
PATHS = {
    "Mention": ("/v1/mentions",),
    "ExplainedMention": ("/v1/mentions/{mention_id}",),
    "Incident": ("/v1/incidents", "/v1/incidents/{incident_id}"),
    "IncidentCause": ("/v1/incidents/{incident_id}/cause",),
    "TimelineEntry": ("/v1/incidents/{incident_id}/timeline",),
}


def items(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    content = answer.json()
    found = content.get("data", [content])
    assert found
    return found


@pytest.mark.parametrize("shape", HIDDEN[Role.PORTAL_VIEWER])
def test_the_schema_for_portals_lacks_what_is_hidden_and_nothing_else(shape: str):
    full, shown = set(SCHEMAS[shape]["properties"]), set(SCHEMAS[f"Portal{shape}"]["properties"])
    assert full - shown == HIDDEN[Role.PORTAL_VIEWER][shape]
    assert shown <= full


@pytest.mark.parametrize("shape", HIDDEN[Role.PORTAL_VIEWER])
async def test_a_portal_is_answered_without_what_is_hidden(shape: str, full: Full, portal: Caller):
    for path in PATHS[shape]:
        for shown in items(await portal.get(path.format(**full.beside))):
            assert set(shown) == set(SCHEMAS[f"Portal{shape}"]["properties"])
        for whole in items(await full.caller.get(path.format(**full.beside))):
            assert set(whole) == set(SCHEMAS[shape]["properties"])


async def test_a_portal_finds_no_author_by_asking(full: Full, portal: Caller):
    refused = await portal.get("/v1/mentions", params={"author": "angry1"})
    assert refused.status_code == 403
    noted = await portal.get("/v1/incidents", params={"q": "selesai"})
    assert noted.status_code == 403
    assert items(await full.caller.get("/v1/mentions", params={"author": "angry1"}))
    accounts = f"/v1/clients/{full.beside['client_id']}/top-accounts"
    assert (await portal.get(accounts)).json()["data"] == []
    assert items(await full.caller.get(accounts))


async def test_hidden_fields_are_told_with_the_role(nobody: httpx.AsyncClient):
    told = {row["role"]: row["hidden"] for row in (await nobody.get("/v1/roles")).json()["data"]}
    assert {each["shape"]: set(each["fields"]) for each in told["portal_viewer"]} == HIDDEN[Role.PORTAL_VIEWER]
    assert told["owner"] == []
