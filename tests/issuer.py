"""A small identity provider on loopback: discovery, keys, and a token endpoint that holds callers to PKCE."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

APPLICATION, SECRET = "siaga-web", "rahasia+/="


def new_key(algorithm: str) -> Any:
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def as_jwk(key: Any, algorithm: str, kid: str) -> dict[str, Any]:
    kind = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm}.get(algorithm, OKPAlgorithm)
    return json.loads(kind.to_jwk(key.public_key())) | {"kid": kid, "alg": algorithm, "use": "sig"}


@dataclass
class Issuer:
    """The provider's state; a test changes `claims`, `keys` or `token` to have it misbehave."""

    url: str = ""
    algorithm: str = "ES256"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    sign_with: Any = None

    def __post_init__(self) -> None:
        self.turn()

    def turn(self) -> None:
        """Take another key, under another name."""
        self.key, self.kid = new_key(self.algorithm), secrets.token_hex(4)

    def log_in(self, authorization_url: str, **claims: Any) -> tuple[str, str]:
        """A person logs in where the browser was sent: the code and state that come back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["client_id"] == APPLICATION
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "claims": json.dumps(claims)}
        return code, asked["state"]

    async def configuration(self, _request: web.Request) -> web.Response:
        self.asked.append("configuration")
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return web.json_response(told | self.metadata)

    async def published(self, _request: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response({"keys": [as_jwk(self.key, self.algorithm, self.kid)]})

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        form = await request.post()
        pair = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        held = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            held is None
            or pair != f"{APPLICATION}:rahasia%2B%2F%3D"
            or challenge != held["code_challenge"]
            or form["redirect_uri"] != held["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": self.id_token(held), "access_token": "x", "token_type": "Bearer"})

    def id_token(self, held: dict[str, str]) -> str:
        now = int(time.time())
        told = {"iss": self.url, "aud": APPLICATION, "iat": now, "exp": now + 300, "nonce": held["nonce"]}
        told |= json.loads(held["claims"]) | self.claims
        told = {name: value for name, value in told.items() if value is not None}
        key = self.sign_with or self.key
        algorithm = self.header.get("alg", self.algorithm)
        headers = {name: value for name, value in ({"kid": self.kid} | self.header).items() if value is not None}
        return jwt.encode(told, key, algorithm=algorithm, headers=headers)


@asynccontextmanager
async def issuing(algorithm: str = "ES256") -> AsyncIterator[Issuer]:
    """A provider that serves until the end of the block."""
    issuer = Issuer(algorithm=algorithm)
    served = web.Application()
    served.add_routes(
        [
            web.get("/.well-known/openid-configuration", issuer.configuration),
            web.get("/keys", issuer.published),
            web.post("/token", issuer.token),
        ]
    )
    runner = web.AppRunner(served)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
