"""Whoever copies docs/integrate.md gets what it shows: Python and shell here, JavaScript in tests/node/integrate."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook

from siaga.embedded import Servers
from tests import integration_page as page
from tests.integration_page import Copy, Installation, Language

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("sh", "curl", "openssl"))), reason="the shell of the page needs curl and openssl"
)
LANGUAGES = [pytest.param(page.PYTHON, id="python"), pytest.param(page.SHELL, id="shell")]
pytestmark = needs_tools


@pytest.fixture(scope="module")
async def installation(
    servers: Servers, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    async with page.installed(servers, f"siaga_page_{worker_id}", tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="module", params=LANGUAGES)
async def copy(
    request: pytest.FixtureRequest, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Copy]:
    language: Language = request.param
    async with page.copied(language, installation, tmp_path_factory.mktemp(language.suffix)) as made:
        yield made


def agency_of(copy: Copy) -> httpx.Client:
    return httpx.Client(base_url=copy.api.target, headers={"Authorization": f"Bearer {copy.environ['KEY']}"})


def portal_of(copy: Copy) -> httpx.Client:
    (made,) = [json.loads(each.answer) for each in copy.api.passed if each.path == "/v1/portal-tokens"][:1]
    return httpx.Client(base_url=copy.api.target, headers={"Authorization": f"Bearer {made['secret']}"})


async def test_the_blocks_print_what_the_page_shows_and_the_receiver_verifies_what_came(copy: Copy):
    assert copy.printed == page.PRINTED
    delivery = copy.hook.passed[0]
    event = json.loads(delivery.body)
    assert (delivery.status, event["type"]) == (204, "webhook_endpoint.tested")
    log = (copy.folder / "receiver.log").read_text(encoding="utf-8")
    assert f"verified webhook_endpoint.tested {event['id']}\n" in log
    assert "incident.opened" not in log


async def test_every_answer_that_the_page_shows_was_given(copy: Copy, installation: Installation):
    shown = [
        text.replace(page.EXAMPLE_ADDRESS, installation.served.url) for fence, text in page.BLOCKS if fence == "json"
    ]
    given = [page.plain(answer) for answer in copy.answers()]
    assert len(shown) == 6
    assert [text for text in shown if page.plain(json.loads(text)) not in given] == []


async def test_a_receiver_takes_what_was_sent_and_refuses_what_was_altered(copy: Copy):
    delivery = copy.hook.passed[0]
    secret = (copy.folder / "webhook-secret").read_text(encoding="utf-8").strip()
    signature, body = delivery.headers["webhook-signature"], delivery.body
    await page.cut_short(copy)
    assert await page.replayed(copy, delivery) == 204
    # As after a rotation: one signature of two is ours.
    assert await page.replayed(copy, delivery, webhook_signature=f"v1,b3RoZXI= {signature}") == 204
    assert await page.replayed(copy, delivery, body=body.replace(b"tested", b"tasted", 1)) == 401
    assert await page.replayed(copy, delivery, body=body + b"\n") == 401
    assert await page.replayed(copy, delivery, body=b"") == 401
    assert await page.replayed(copy, delivery, webhook_id="another") == 401
    later = str(int(delivery.headers["webhook-timestamp"]) + 1)
    assert await page.replayed(copy, delivery, webhook_timestamp=later) == 401
    assert await page.replayed(copy, delivery, webhook_timestamp="$(id)") in {400, 401}
    assert await page.replayed(copy, delivery, webhook_signature="*") == 401
    assert Webhook(secret).verify(body, delivery.headers)["type"] == "webhook_endpoint.tested"


async def test_a_receiver_refuses_what_was_signed_too_long_ago(copy: Copy):
    delivery = copy.hook.passed[0]
    secret = (copy.folder / "webhook-secret").read_text(encoding="utf-8").strip()
    for age_s, status in ((200, 204), (400, 401), (-200, 204), (-400, 401)):
        at = datetime.now(UTC) - timedelta(seconds=age_s)
        signature = Webhook(secret).sign("aged", at, delivery.body.decode())
        aged = {"webhook_id": "aged", "webhook_timestamp": str(int(at.timestamp())), "webhook_signature": signature}
        assert await page.replayed(copy, delivery, **aged) == status, age_s


async def test_a_portal_is_refused_and_spared_what_the_page_says(copy: Copy):
    with agency_of(copy) as agency, portal_of(copy) as portal:
        mine, theirs = (http.get("/v1/mentions").json()["data"][0] for http in (agency, portal))
        told_to_agency = {"author", "author_name", "author_followers", "native_id", "url", "corrected_by"}
        assert set(mine) - set(theirs) == told_to_agency
        assert "wulan_s" not in json.dumps(theirs)
        assert portal.get("/v1/mentions?author=wulan_s").status_code == 403
        for path in ("/v1/members", "/v1/api-keys", "/v1/webhook-endpoints", "/v1/usage"):
            refused = portal.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
            assert refused.json()["scope"].endswith(":read")


async def test_running_it_again_makes_nothing_twice_but_the_test_event(copy: Copy):
    assert await copy.run() == page.PRINTED
    with agency_of(copy) as http:
        lists = ("clients", "keywords", "portal-tokens", "webhook-endpoints", "mentions")
        counts = {name: len(http.get(f"/v1/{name}").json()["data"]) for name in lists}
    assert counts == {"clients": 2, "keywords": 1, "portal-tokens": 1, "webhook-endpoints": 1, "mentions": 1}
    sent = [json.loads(each.body) for each in copy.hook.passed]
    assert [event.get("type") for event in sent] == ["webhook_endpoint.tested", "incident.opened"] * 2


async def test_the_refusals_that_the_page_names_are_given(copy: Copy):
    with agency_of(copy) as http:
        reused = http.post(
            "/v1/clients",
            json={"kind": "company", "name": "Jamu Lain"},
            headers={"Idempotency-Key": '"melati-17-client"'},
        )
        assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")
        for url in ("http://hooks.melati.example/siaga", "https://10.0.0.7/siaga"):
            closed = http.post("/v1/webhook-endpoints", json={"url": url, "event_types": ["*"]}).json()
            assert (closed["status"], closed["code"]) == (422, "forbidden_target"), url
            assert [each["pointer"] for each in closed["errors"]] == ["/url"]
