"""People who sign in: from addresses of their own, and with the tokens they are given."""

import dataclasses
import itertools
import os
from datetime import timedelta
from uuid import uuid4

import httpx

from storage.table import utc_now
from tests.conftest import PASSWORD, Agency, Caller

ANY = {"If-Match": "*"}
NEW_PASSWORD = "sembilan-payung-biru"
_PEERS = itertools.count(1)


def somewhere(app, *, peer: str | None = None, bearer: str | None = None, agent: str = "uji") -> httpx.AsyncClient:
    """Somebody at an address of its own, so that no test sees another's failures."""
    number = next(_PEERS)
    host = peer or f"10.{os.getpid() % 250}.{number // 250}.{number % 250}"
    headers = {"User-Agent": agent} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


async def sign_in(http: httpx.AsyncClient, who: Agency, password: str = PASSWORD, **more) -> httpx.Response:
    return await http.post("/v1/auth/token", json={"email": who.email, "password": password} | more)


async def renew(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/auth/refresh", json={"refresh_token": token})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def later(app, monkeypatch, by: timedelta) -> None:
    """Let the process believe that this much time has passed."""
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: utc_now() + by)


async def with_member(caller: Caller, role: str = "analyst") -> tuple[str, Agency]:
    email = f"rina-{uuid4().hex[:8]}@{caller.agency.slug}.test"
    new = {"name": "Rina", "email": email, "role": role, "password": PASSWORD}
    path = (await caller.post("/v1/members", json=new)).headers["location"]
    return path, dataclasses.replace(caller.agency, email=email)
