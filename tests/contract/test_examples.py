"""The examples that the interactive documentation fills in are taken by the server, or refused for a reason it documents."""

import re

import httpx
import pytest

from tests.conftest import calling, found_agency
from tests.operations import CONTRACT, OPERATIONS

WITH_BODY = [each for each in OPERATIONS if each.has_body]


@pytest.fixture(scope="module")
async def http(app, db):
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        yield http


def examples(operation):
    for media_type, content in operation.told["requestBody"]["content"].items():
        yield media_type, content["example"]


def path_of(operation):
    """The address with the examples of its parameters, as the page fills them in."""
    known = {p["name"]: p for p in operation.told.get("parameters", []) if p["in"] == "path"}
    fallback = "0199a3c4-7d1e-7c55-9f0a-3b1e6d2f8a41"
    return re.sub(r"{(\w+)}", lambda m: str(known[m[1]].get("example", fallback)), operation.path)


async def send(http, operation, media_type, example):
    content = {"content": example} if isinstance(example, str) else {"json": example}
    head = {"Content-Type": media_type, "If-Match": '"1"'}
    if media_type != "application/x-ndjson":
        head["Idempotency-Key"] = f'"contoh-{operation.id}-{media_type}"'
    return await http.request(operation.method.upper(), path_of(operation), headers=head, **content)


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda each: each.id)
async def test_each_example_of_a_body_is_taken_or_refused_for_a_reason_of_the_business(operation, http):
    for media_type, example in examples(operation):
        answer = await send(http, operation, media_type, example)
        assert str(answer.status_code) in operation.told["responses"], answer.text
        if not answer.is_success:
            problem = answer.json()
            assert answer.status_code in {401, 403, 404, 409, 422}, answer.text
            kind = problem["type"].rpartition("/")[2]
            assert kind in {*CONTRACT["components"]["responses"], "quota-exceeded"}


async def test_most_examples_that_name_nothing_that_exists_simply_work(app, db):
    agency = await found_agency(db)
    refused = set()
    async with calling(app, agency.key) as http:
        for operation in WITH_BODY:
            media_type, example = next(examples(operation))
            answer = await send(http, operation, media_type, example)
            if not answer.is_success and not operation.parameters and "_id" not in str(example):
                refused.add(operation.id)
    # No secret stands in a public document, so nobody signs in by its example; and one who lacks a password changes none.
    with_secret = {"sign_in", "renew_sign_in", "accept_invitation", "finish_oidc_log_in"}
    assert refused <= {*with_secret, "change_password"}


async def test_the_documentation_asks_nobody_but_its_own_server(nobody: httpx.AsyncClient):
    page = await nobody.get("/docs")
    own = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert own
    assert all(address.startswith("/docs/") for address in own)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    for address in own:
        answer = await nobody.get(address)
        assert answer.status_code == 200
    start = (await nobody.get("/docs/start.js")).text
    # Left to itself the page would have a service of its makers look at our contract.
    assert "validatorUrl: null" in start
    assert "//" not in start
    assert (await nobody.get("/docs/../secret")).status_code == 404
