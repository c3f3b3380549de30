"""Access tokens: ours are taken, and every other is refused."""

import base64
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.access import Role
from core.signing_keys import KeySet, SigningKey, period_of, turns_at
from core.tokens import AUDIENCE
from storage import agencies
from storage.session import tenant_session
from storage.table import utc_now
from tests.conftest import Agency, calling
from tests.sign_ins import bearer, renew, sign_in, somewhere

SHARED = Path(os.environ.get("SIAGA_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
FORGED = SHARED / "data" / "badinput" / "forged_jwt.ndjson"


async def test_published_keys_check_a_token_of_ours(app, agency: Agency, settings):
    async with somewhere(app) as http:
        answer = await http.get("/.well-known/jwks.json")
        token = (await sign_in(http, agency)).json()["access_token"]
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "d" not in answer.json()["keys"][0]
    assert [len(answer.json()["keys"]), len({key["kid"] for key in answer.json()["keys"]})] == [3, 3]
    key = jwt.PyJWKSet.from_dict(answer.json())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=settings.public_url)
    assert (claims["sub"], claims["agency_id"], claims["role"]) == (str(agency.owner_id), str(agency.id), "owner")


async def test_the_turn_of_the_keys_drops_no_valid_token(app, agency: Agency, monkeypatch):
    process, now = app.app.state.siaga, utc_now()
    turn = turns_at(period_of(now) + 1)
    monkeypatch.setattr(process, "clock", lambda: turn - timedelta(seconds=1))
    async with somewhere(app) as http:
        before = await sign_in(http, agency)
        published = (await http.get("/.well-known/jwks.json")).json()
        monkeypatch.setattr(process, "clock", lambda: turn + timedelta(minutes=9))
        assert (await http.get("/v1/clients", headers=bearer(before))).status_code == 200
        after = await renew(http, before.json()["refresh_token"])
        assert (await http.get("/v1/clients", headers=bearer(after))).status_code == 200
    kids = [jwt.get_unverified_header(each.json()["access_token"])["kid"] for each in (before, after)]
    assert kids == [key["kid"] for key in published["keys"][:2]]


SIGN_INS: dict[UUID, UUID] = {}
"""The sign-in of each agency's owner that tokens of ours are made for."""


@pytest.fixture(autouse=True)
async def signed_in(db, agency: Agency) -> None:
    """A sign-in of the owner that has not ended."""
    family, now = uuid4(), utc_now()
    async with tenant_session(db, agency.id) as session:
        await agencies.issue_refresh(
            session, token_id=uuid4(), member_id=agency.owner_id, family_id=family, digest=b"-", now=now,
            until=now + timedelta(days=1),
        )  # fmt: skip
    SIGN_INS[agency.id] = family


def claims_of(agency: Agency, settings, now: datetime) -> dict:
    begin = int(now.timestamp())
    return {
        "iss": settings.public_url, "aud": AUDIENCE, "sub": str(agency.owner_id), "iat": begin, "nbf": begin,
        "exp": begin + 600, "jti": str(uuid4()), "sid": str(SIGN_INS[agency.id]), "agency_id": str(agency.id), "role": "owner",
        "scope": "clients:read",
    }  # fmt: skip


def signed(key: SigningKey, claims: dict, **header) -> str:
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": key.kid} | header)


@pytest.fixture
def key(settings) -> SigningKey:
    return KeySet.at(utc_now(), settings.secret_key).signing


async def asked_with(app, token: str) -> httpx.Response:
    async with somewhere(app, bearer=token) as http:
        return await http.get("/v1/clients")


async def test_a_token_signed_as_ours_is_taken(app, agency, settings, key):
    assert (await asked_with(app, signed(key, claims_of(agency, settings, utc_now())))).status_code == 200


FLAWS = {
    "exp as text": {"exp": "4102444800"},
    "exp with a fraction": {"exp": 4102444800.5},
    "exp a truth": {"exp": True},
    "several audiences": {"aud": [AUDIENCE, "other"]},
    "one audience as a list": {"aud": [AUDIENCE]},
    "another audience": {"aud": "other"},
    "another issuer": {"iss": "https://elsewhere.test"},
    "an issuer that ours begins with": {"iss": "http"},
    "a subject that is no id": {"sub": "' or 1=1 --"},
    "an unknown role": {"role": "root"},
    "a role that is a list": {"role": ["owner"]},
    "an agency that is no id": {"agency_id": "*"},
    "no session": {"sid": None},
}


@pytest.mark.parametrize("flaw", FLAWS)
async def test_a_token_properly_signed_with_a_flaw_is_refused(app, agency, settings, key, flaw: str):
    answer = await asked_with(app, signed(key, claims_of(agency, settings, utc_now()) | FLAWS[flaw]))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"')


@pytest.mark.parametrize(
    "shifts",
    [
        pytest.param({"exp": 10 * 365 * 86_400}, id="a life of ten years"),
        pytest.param({"exp": 901}, id="a life of fifteen minutes and a second"),
        pytest.param({"iat": -700, "nbf": -700, "exp": -60}, id="over"),
        pytest.param({"nbf": 120}, id="not yet"),
        pytest.param({"iat": 120}, id="issued in the future"),
    ],
)
async def test_a_token_of_another_time_is_refused(app, agency, settings, key, shifts: dict[str, int]):
    now = utc_now()
    shifted = {name: int(now.timestamp()) + seconds for name, seconds in shifts.items()}
    assert (await asked_with(app, signed(key, claims_of(agency, settings, now) | shifted))).status_code == 401


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "agency_id", "role", "scope"])
async def test_a_token_without_a_claim_is_refused(app, agency, settings, key, name: str):
    claims = claims_of(agency, settings, utc_now())
    del claims[name]
    assert (await asked_with(app, signed(key, claims))).status_code == 401


@pytest.mark.parametrize(
    "header",
    [{"typ": "refresh+jwt"}, {"typ": "JWT"}, {"typ": None}, {"kid": "other"}, {"kid": "../../etc/passwd"},
     {"crit": ["b64"], "b64": False}],
)  # fmt: skip
async def test_a_token_with_another_header_is_refused(app, agency, settings, key, header: dict):
    assert (await asked_with(app, signed(key, claims_of(agency, settings, utc_now()), **header))).status_code == 401


def by_hand(header: dict, claims: dict, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_other_algorithms_and_other_keys_are_refused(app, agency, settings, key):
    claims = claims_of(agency, settings, utc_now())
    header = {"typ": "at+jwt", "kid": key.kid}
    raw = key.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = key.published()
    other = SigningKey(Ed25519PrivateKey.generate(), key.kid)
    real = signed(key, claims)
    tokens = [
        by_hand(header | {"alg": "none"}, claims, b""),
        by_hand(header | {"alg": "None"}, claims, b""),
        by_hand(header | {"alg": "EdDSA", "kid": None}, claims, bytes(64)),
        by_hand(header | {"alg": ["EdDSA"]}, claims, b""),
        jwt.encode(claims, raw, algorithm="HS256", headers=header),
        jwt.encode(claims, jwk["x"].encode(), algorithm="HS256", headers=header),
        signed(other, claims),
        signed(other, claims, jwk=other.published()),
        signed(other, claims, jku="http://127.0.0.1:9/jwks.json"),
        by_hand(header | {"alg": "EdDSA"}, claims, bytes(64)),
        real[:-40] + ("A" if real[-40] != "A" else "B") + real[-39:],
        real + "=",
        real + ".x",
    ]
    assert [(await asked_with(app, token)).status_code for token in tokens] == [401] * len(tokens)


def forged() -> list[str]:
    if not FORGED.exists():
        return []
    return [json.loads(line)["token"] for line in FORGED.read_text().splitlines()]


async def test_every_forged_token_of_the_corpus_is_refused(app):
    if not FORGED.exists():
        pytest.skip("the corpus of bad input stands beside the repository and is not here")
    for token in forged():
        answer = await asked_with(app, token)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"'), token[:80]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer sk_live_x", "Token x", "Bearer a b"])
async def test_other_authorizations_are_refused(app, value: str):
    async with somewhere(app) as http:
        assert (await http.get("/v1/clients", headers={"Authorization": value})).status_code == 401


async def test_a_token_says_no_more_than_its_role_allows(app, agency, settings, key):
    claims = claims_of(agency, settings, utc_now()) | {"role": Role.ANALYST.value, "scope": "members:manage"}
    assert (await asked_with(app, signed(key, claims))).status_code == 403


async def test_two_credentials_at_once_are_refused(app, agency: Agency):
    async with calling(app, agency.key) as http:
        twice = [("Authorization", f"Bearer {agency.key}"), ("Authorization", f"Bearer {agency.key}")]
        request = httpx.Request("GET", "http://api.test/v1/clients", headers=twice)
        assert (await http.send(request)).status_code == 401
