"""Every single resource has a strong ETag, and nobody changes or removes one that somebody else changed meanwhile."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from api.edge.gate import Gate
from core.settings import Settings
from storage.engine import Database
from tests.conftest import Caller, calling, found_agency
from tests.holdings import Holdings, fill, undisturbed
from tests.operations import OPERATIONS, Operation

STRONG = re.compile(r'"[!#-~]+"')
# Begins a log-in, with a state of its own each time: there is nothing to have already.
BEGINNINGS = {"start_oidc_log_in"}
READS = [
    each
    for each in OPERATIONS
    if each.method == "get"
    and each.id not in BEGINNINGS
    and each.path.startswith("/v1/")
    and not each.id.startswith("list_")
    and "application/json" in each.told["responses"]["200"].get("content", {})
]
CHANGES = [each for each in OPERATIONS if each.method in {"patch", "put", "delete"}]


@pytest.fixture(scope="module")
async def owner(app: Gate, db: Database) -> AsyncIterator[Caller]:
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        yield Caller(http, agency)


@pytest.fixture(scope="module")
async def holdings(owner: Caller, settings: Settings) -> Holdings:
    return await fill(owner, settings)


def named(operations: list[Operation]):
    return pytest.mark.parametrize("operation", operations, ids=lambda each: each.id)


@named(READS)
async def test_reading_one_resource_answers_a_strong_etag_and_304_to_who_has_it(
    operation: Operation, owner: Caller, holdings: Holdings
):
    first = await operation.call(owner.http, holdings.ids)
    assert first.status_code == 200, first.text
    tag = first.headers["etag"]
    assert STRONG.fullmatch(tag)
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await operation.call(owner.http, holdings.ids, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await operation.call(owner.http, holdings.ids, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


@named(CHANGES)
async def test_a_change_without_the_version_or_of_another_changes_nothing(
    operation: Operation, owner: Caller, holdings: Holdings, db: Database
):
    async with undisturbed(db, owner.agency.id):
        missing = await operation.call(owner.http, holdings.ids, headers={})
        stale = [
            await operation.call(owner.http, holdings.ids, headers={"If-Match": tag})
            for tag in ('"987654321"', 'W/"1"', '"no-version-of-ours"')
        ]
        misspelt = await operation.call(owner.http, holdings.ids, headers={"If-Match": "1"})
    assert refusal(missing) == (428, "precondition_required")
    assert [refusal(each) for each in stale] == [(412, "precondition_failed")] * 3
    assert (misspelt.status_code, misspelt.json()["errors"][0]["parameter"]) == (400, "If-Match")


@named([each for each in CHANGES if each.method == "patch"])
async def test_of_two_changes_from_the_same_version_the_second_is_refused(
    operation: Operation, owner: Caller, holdings: Holdings
):
    (read,) = [each for each in READS if each.path == operation.path]
    tag = (await read.call(owner.http, holdings.ids)).headers["etag"]
    first = await operation.call(owner.http, holdings.ids, headers={"If-Match": tag})
    second = await operation.call(owner.http, holdings.ids, headers={"If-Match": tag})
    assert first.status_code == 200, first.text
    assert first.headers["etag"] != tag
    assert refusal(second) == (412, "precondition_failed")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
