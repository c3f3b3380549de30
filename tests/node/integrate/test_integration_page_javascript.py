"""The JavaScript of docs/integrate.md, run by Node with the official verifier: `npm ci` in this folder, then run this file."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from siaga.embedded import Servers
from tests import integration_page as page
from tests.integration_page import Copy

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"

pytestmark = pytest.mark.skipif(
    not MODULES.is_dir() or shutil.which("node") is None,
    reason="standardwebhooks is not installed: npm ci --ignore-scripts in tests/node/integrate",
)


@pytest.fixture(scope="module")
async def copy(servers: Servers, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Copy]:
    folder = tmp_path_factory.mktemp("mjs")
    (folder / "node_modules").symlink_to(MODULES)
    async with (
        page.installed(servers, f"siaga_page_node_{worker_id}", tmp_path_factory.mktemp("logs")) as installation,
        page.copied(page.JAVASCRIPT, installation, folder) as made,
    ):
        yield made


async def test_the_blocks_print_what_the_page_shows_and_the_receiver_verifies_what_came(copy: Copy):
    assert copy.printed == page.PRINTED
    delivery = copy.hook.passed[0]
    event = json.loads(delivery.body)
    assert (delivery.status, event["type"]) == (204, "webhook_endpoint.tested")
    log = (copy.folder / "receiver.log").read_text(encoding="utf-8")
    assert log == f"verified webhook_endpoint.tested {event['id']}\n"


async def test_the_receiver_takes_what_was_sent_and_refuses_what_was_altered(copy: Copy):
    delivery = copy.hook.passed[0]
    signature, body = delivery.headers["webhook-signature"], delivery.body
    await page.cut_short(copy)
    assert await page.replayed(copy, delivery) == 204
    assert await page.replayed(copy, delivery, webhook_signature=f"v1,b3RoZXI= {signature}") == 204
    assert await page.replayed(copy, delivery, body=body.replace(b"tested", b"tasted", 1)) == 401
    assert await page.replayed(copy, delivery, body=body + b"\n") == 401
    assert await page.replayed(copy, delivery, webhook_id="another") == 401
    assert await page.replayed(copy, delivery, webhook_signature="*") == 401


async def test_running_it_again_prints_the_same_with_another_key_too(copy: Copy):
    assert await copy.run() == page.PRINTED
    assert await copy.run(KEY=await page.new_key(copy.folder, copy.environ)) == page.PRINTED
