"""Signing in through an identity provider that others wrote: `npm ci` in this folder, then run this file."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Caller

HERE = Path(__file__).parent
APPLICATION, SECRET, BACK = "siaga-web", "rahasia+/=", "https://app.example.com/masuk"
STEPS = 12

pytestmark = pytest.mark.skipif(
    not (HERE / "node_modules").is_dir() or shutil.which("node") is None,
    reason="oidc-provider is not installed: npm ci --ignore-scripts in tests/node/oidc",
)


@dataclass(frozen=True, slots=True)
class Browser:
    """A person at the provider, who types a name and agrees."""

    http: httpx.AsyncClient

    async def log_in(self, url: str, name: str) -> dict[str, str]:
        """What comes back to the redirect address."""
        answer = await self.http.get(url)
        for _ in range(STEPS):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(BACK):
                    return {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
                answer = await self.http.get(target)
                continue
            (action,) = re.findall(r'<form[^>]*action="([^"]+)"', answer.text)
            form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', answer.text))
            answer = await self.http.post(
                urljoin(str(answer.url), action), data={**form, "login": name, "password": "x"}
            )
        raise AssertionError(f"no way back: {answer.status_code} {answer.text[:500]}")


@pytest.fixture
async def issuer() -> AsyncIterator[str]:
    node = await asyncio.create_subprocess_exec(
        "node", str(HERE / "provider.mjs"), APPLICATION, SECRET, BACK,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert node.stdout is not None
    line = await asyncio.wait_for(node.stdout.readline(), 30)
    assert line, (await node.communicate())[1].decode()
    yield line.decode().strip()
    node.terminate()
    await node.communicate()


async def finished(nobody: httpx.AsyncClient, provider: str, name: str) -> httpx.Response:
    begun = (await nobody.get(f"/v1/auth/oidc/{provider}/start", params={"redirect_uri": BACK})).json()
    async with httpx.AsyncClient() as http:
        returned = await Browser(http).log_in(begun["authorization_url"], name)
    told = {name: returned[name] for name in ("code", "state", "iss") if name in returned}
    return await nobody.post("/v1/auth/oidc/token", json=told | {"transaction": begun["transaction"]})


async def test_a_provider_by_others_signs_a_member_in_and_nobody_else(caller: Caller, nobody, issuer: str):
    body = {"name": "Masuk", "issuer": issuer, "application_id": APPLICATION, "application_secret": SECRET}
    provider = (await caller.post("/v1/identity-providers", json=body | {"redirect_uris": [BACK]})).json()["id"]
    signed_in = await finished(nobody, provider, caller.agency.email)
    assert signed_in.status_code == 200, signed_in.text
    agency = await nobody.get("/v1/agency", headers={"Authorization": f"Bearer {signed_in.json()['access_token']}"})
    assert agency.json()["slug"] == caller.agency.slug
    assert (await finished(nobody, provider, f"{uuid4().hex}@uji.test")).status_code == 401
    invited = f"unverified-{uuid4().hex}@uji.test"
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    answer = await caller.post("/v1/invitations", json={"email": invited, "role": "analyst"}, headers=key)
    assert answer.status_code == 201
    assert (await finished(nobody, provider, invited)).status_code == 401


async def test_a_wrong_secret_is_found_out_by_the_provider(caller: Caller, nobody, issuer: str):
    body = {"name": "Masuk", "issuer": issuer, "application_id": APPLICATION, "application_secret": "lain"}
    provider = (await caller.post("/v1/identity-providers", json=body | {"redirect_uris": [BACK]})).json()["id"]
    assert (await finished(nobody, provider, caller.agency.email)).status_code == 401
