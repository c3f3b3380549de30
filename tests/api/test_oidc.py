"""Signing in through an identity provider: whom it proves, once, and nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.access import Role
from storage.table import utc_now
from tests.conftest import Caller, calling, issue_key
from tests.issuer import APPLICATION, SECRET, Issuer, issuing, new_key

BACK = "https://app.example.com/masuk"
ANY = {"If-Match": "*"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as served:
        yield served


async def registered(caller: Caller, issuer: Issuer, **more: Any) -> str:
    body = {"name": "Masuk", "issuer": issuer.url, "application_id": APPLICATION, "application_secret": SECRET}
    answer = await caller.post("/v1/identity-providers", json=body | {"redirect_uris": [BACK]} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def begun(http: httpx.AsyncClient, provider: str, redirect_uri: str = BACK) -> httpx.Response:
    return await http.get(f"/v1/auth/oidc/{provider}/start", params={"redirect_uri": redirect_uri})


async def signed_in(http: httpx.AsyncClient, issuer: Issuer, provider: str, **claims: Any) -> httpx.Response:
    """The whole way: begin, log in at the provider, come back."""
    begin = (await begun(http, provider)).json()
    code, state = issuer.log_in(begin["authorization_url"], **claims)
    return await finished(http, begin, code, state)


async def finished(http: httpx.AsyncClient, begin: dict, code: str, state: str, **more: Any) -> httpx.Response:
    body = {"transaction": begin["transaction"], "code": code, "state": state}
    return await http.post("/v1/auth/oidc/token", json=body | more)


def of(caller: Caller, subject: str = "1") -> dict[str, Any]:
    return {"sub": subject, "email": caller.agency.email.upper(), "email_verified": True}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_member_signs_in_by_the_verified_address_and_then_by_the_subject(
    app, caller: Caller, nobody, algorithm: str
):
    async with issuing(algorithm) as issuer:
        provider = await registered(caller, issuer)
        first = await signed_in(nobody, issuer, provider, **of(caller))
        assert first.status_code == 200, first.text
        async with calling(app, first.json()["access_token"]) as member:
            assert (await member.get("/v1/agency")).json()["slug"] == caller.agency.slug
        renewed = await nobody.post("/v1/auth/refresh", json={"refresh_token": first.json()["refresh_token"]})
        assert renewed.status_code == 200
        # Known by the subject from now on: the address may change, and be unverified.
        assert (await signed_in(nobody, issuer, provider, sub="1")).status_code == 200
        # Asked once, and kept.
        assert (issuer.asked.count("configuration"), issuer.asked.count("keys")) == (1, 1)


async def test_nobody_becomes_a_member_unless_invited(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    email = f"{uuid4().hex}@uji.test"
    claims = {"sub": "baru", "email": email, "email_verified": True, "name": "Dewi"}
    assert (await signed_in(nobody, issuer, provider, **claims)).status_code == 401
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    await caller.post("/v1/invitations", json={"email": email, "role": "responder"}, headers=key)
    assert (await signed_in(nobody, issuer, provider, **claims | {"email_verified": "true"})).status_code == 401
    assert (await signed_in(nobody, issuer, provider, **claims)).status_code == 200
    (member,) = [row for row in (await caller.get("/v1/members")).json()["data"] if row["email"] == email]
    assert (member["name"], member["role"]) == ("Dewi", "responder")
    assert (await caller.get("/v1/invitations")).json()["data"][0]["status"] == "accepted"


async def test_an_address_that_another_subject_has_now_opens_nothing(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    assert (await signed_in(nobody, issuer, provider, **of(caller, "lama"))).status_code == 200
    assert (await signed_in(nobody, issuer, provider, **of(caller, "baru"))).status_code == 401


async def test_a_disabled_member_does_not_sign_in(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    person = {"email": f"{uuid4().hex}@uji.test", "name": "Rina", "role": "analyst", "password": "tujuh-becak-di-pasar"}
    path = (await caller.post("/v1/members", json=person)).headers["location"]
    claims = {"sub": "r", "email": person["email"], "email_verified": True}
    assert (await signed_in(nobody, issuer, provider, **claims)).status_code == 200
    await caller.patch(path, json={"is_disabled": True}, headers=ANY)
    assert (await signed_in(nobody, issuer, provider, **claims)).status_code == 401


FLAWS = {
    "another issuer": {"iss": "https://elsewhere.test"},
    "another audience": {"aud": "other"},
    "several audiences, asked for by another": {"aud": [APPLICATION, "other"], "azp": "other"},
    "several audiences, asked for by nobody": {"aud": [APPLICATION, "other"]},
    "another party": {"azp": "other"},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "over": {"exp": 1},
    "issued long ago": {"iat": 1_600_000_000},
    "issued in the future": {"iat": 4_102_444_800, "exp": 4_102_445_000},
    "times as text": {"exp": "4102444800"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
}


@pytest.mark.parametrize("flaw", FLAWS)
async def test_an_id_token_with_a_flaw_proves_nothing(caller: Caller, nobody, issuer: Issuer, flaw: str):
    provider = await registered(caller, issuer)
    issuer.claims = FLAWS[flaw]
    refused = await signed_in(nobody, issuer, provider, **of(caller))
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    issuer.claims = {}
    assert (await signed_in(nobody, issuer, provider, **of(caller))).status_code == 200


async def test_an_id_token_of_another_key_or_algorithm_proves_nothing(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    tries: list[tuple[Any, dict]] = [
        (new_key("ES256"), {}),
        (new_key("ES256"), {"kid": "lain"}),
        (new_key("ES256"), {"kid": "../../etc/passwd"}),
        (new_key("RS256"), {"alg": "RS256"}),
        ("x" * 64, {"alg": "HS256"}),
        (new_key("ES256"), {"jku": f"{issuer.url}/keys", "jwk": {}}),
        (issuer.key, {"typ": "at+jwt"}),
    ]
    for issuer.sign_with, issuer.header in tries:
        assert (await signed_in(nobody, issuer, provider, **of(caller))).status_code == 401
    issuer.sign_with, issuer.header = None, {"kid": None}
    assert (await signed_in(nobody, issuer, provider, **of(caller))).status_code == 200


async def test_a_provider_that_turned_its_key_is_asked_again_but_not_for_each_wrong_one(
    app, caller: Caller, nobody, issuer: Issuer, monkeypatch
):
    provider = await registered(caller, issuer)
    assert (await signed_in(nobody, issuer, provider, **of(caller))).status_code == 200
    issuer.turn()
    assert [(await signed_in(nobody, issuer, provider, **of(caller))).status_code for _ in range(3)] == [401] * 3
    assert issuer.asked.count("keys") == 1
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: utc_now() + timedelta(seconds=31))
    issuer.claims = {"iat": int((utc_now() + timedelta(seconds=31)).timestamp())}
    assert (await signed_in(nobody, issuer, provider, **of(caller))).status_code == 200
    assert issuer.asked.count("keys") == 2


async def test_a_log_in_is_finished_once_in_time_and_by_who_began_it(
    app, caller: Caller, nobody, issuer: Issuer, monkeypatch
):
    provider = await registered(caller, issuer)
    begin, other = [(await begun(nobody, provider)).json() for _ in range(2)]
    code, state = issuer.log_in(begin["authorization_url"], **of(caller))
    assert (await finished(nobody, begin, code, "x")).status_code == 401
    assert (await finished(nobody, other, code, state)).status_code == 401
    assert (await finished(nobody, begin, code, state, iss="https://elsewhere.test")).status_code == 401
    changed = begin | {"transaction": begin["transaction"][:-4] + "AAAA"}
    assert (await finished(nobody, changed, code, state)).status_code == 401
    assert issuer.asked.count("token") == 0
    assert (await finished(nobody, begin, code, state, iss=issuer.url)).status_code == 200
    assert (await finished(nobody, begin, code, state)).status_code == 401
    assert issuer.asked.count("token") == 1
    code, state = issuer.log_in(other["authorization_url"], **of(caller))
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: utc_now() + timedelta(minutes=10))
    assert (await finished(nobody, other, code, state)).status_code == 401


async def test_a_code_of_another_log_in_proves_nothing(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    mine, theirs = [(await begun(nobody, provider)).json() for _ in range(2)]
    code, _ = issuer.log_in(theirs["authorization_url"], **of(caller))
    # A stolen code in the thief's own browser: its verifier is another one.
    assert (await finished(nobody, mine, code, mine["state"])).status_code == 401


async def test_people_are_sent_back_to_registered_addresses_only(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    for wrong in (f"{BACK}/", "https://app.example.com.evil.test/masuk", "javascript:alert(1)"):
        refused = await begun(nobody, provider, wrong)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "forbidden_redirect")
    assert (await begun(nobody, str(uuid4()))).status_code == 404
    for uri in ("http://app.example.com/x", "https://a@b.test/", "https://app.example.com/#x", "app:/x"):
        changed = await caller.patch(f"/v1/identity-providers/{provider}", json={"redirect_uris": [uri]}, headers=ANY)
        assert changed.status_code in {400, 422}, uri


async def test_a_provider_that_is_off_gone_or_silent_signs_nobody_in(caller: Caller, nobody, issuer: Issuer):
    provider = await registered(caller, issuer)
    begin = (await begun(nobody, provider)).json()
    code, state = issuer.log_in(begin["authorization_url"], **of(caller))
    path = f"/v1/identity-providers/{provider}"
    await caller.patch(path, json={"is_enabled": False}, headers=ANY)
    assert (await begun(nobody, provider)).status_code == 404
    assert (await finished(nobody, begin, code, state)).status_code == 401
    silent = await registered(caller, Issuer(url="http://127.0.0.99:1025"))
    answer = await begun(nobody, silent)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    "lie", [{"issuer": "https://elsewhere.test"}, {"jwks_uri": 1}, {"authorization_endpoint": "x:"}]
)
async def test_a_provider_that_describes_itself_wrongly_is_not_used(caller: Caller, nobody, issuer: Issuer, lie: dict):
    issuer.metadata = lie
    assert (await begun(nobody, await registered(caller, issuer))).status_code == 503


async def test_a_provider_leads_nowhere_into_our_own_network(caller: Caller, nobody, issuer: Issuer):
    body = {"name": "x", "application_id": "x", "redirect_uris": [BACK]}
    for target in ("http://169.254.169.254/latest", "https://10.0.0.1/x", "file:///etc/passwd", "https://x.test/?a=b"):
        refused = await caller.post("/v1/identity-providers", json=body | {"issuer": target})
        assert (refused.status_code, refused.json()["code"]) == (422, "forbidden_target")
    issuer.metadata = {"token_endpoint": "http://169.254.169.254/latest"}
    assert (await signed_in(nobody, issuer, await registered(caller, issuer), **of(caller))).status_code == 503


async def test_only_an_owner_registers_a_provider_and_its_secret_is_never_shown(
    app, db, caller: Caller, stranger, issuer
):
    provider = await registered(caller, issuer)
    path = f"/v1/identity-providers/{provider}"
    shown = await caller.get(path)
    assert (shown.json()["has_secret"], SECRET in shown.text, "sealed" in shown.text) == (True, False, False)
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ADMIN)) as admin:
        body = {"name": "x", "issuer": issuer.url, "application_id": "x", "redirect_uris": [BACK]}
        assert (await admin.post("/v1/identity-providers", json=body)).status_code == 403
        assert (await admin.patch(path, json={"name": "y"}, headers=ANY)).status_code == 403
        assert (await admin.get(path)).status_code == 200
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.delete(path, headers=ANY)).status_code == 404
    assert (await caller.delete(path, headers=ANY)).status_code == 204
