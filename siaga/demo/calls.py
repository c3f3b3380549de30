"""The public API as the demo calls it: over HTTP, with one credential, as any program would."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from core.settings import Settings
from siaga.demo.checks import StoryEnded

TIMEOUT = aiohttp.ClientTimeout(total=30)
# Long enough for a crashed API to be started again.
TRIES = 40
BETWEEN_TRIES_S = 0.25
REFUSED_FROM = 400


@dataclass(frozen=True, slots=True)
class Api:
    """A caller of the API. Answers are JSON objects; a refusal ends the story with its sentence."""

    http: aiohttp.ClientSession
    address: str
    credential: str | None = None

    def with_credential(self, credential: str) -> "Api":
        """The same API, called by somebody else."""
        return replace(self, credential=credential)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read.

        Raises: StoryEnded.
        """
        return self._good("GET", path, *await self.answer("GET", path, query=query))

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> dict[str, Any]:
        """Send, under an idempotency key where one is needed.

        Raises: StoryEnded.
        """
        return self._good("POST", path, *await self.answer("POST", path, body=body, key=key))

    async def content(self, path: str) -> bytes:
        """Read a file.

        Raises: StoryEnded.
        """
        headers = {"Authorization": f"Bearer {self.credential}"}
        try:
            async with self.http.get(f"{self.address}{path}", headers=headers, timeout=TIMEOUT) as response:
                return await response.read()
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise StoryEnded(f"GET {path} got no whole answer ({type(problem).__name__}).") from problem

    async def answer(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Status and body, whatever they are. An API that is being started again is waited for.

        Raises: StoryEnded.
        """
        headers = {"Authorization": f"Bearer {self.credential}"} if self.credential else {}
        if key is not None:
            headers["Idempotency-Key"] = f'"{key}"'
        for _ in range(TRIES):
            try:
                async with self.http.request(
                    method, f"{self.address}{path}", json=body, params=query, headers=headers, timeout=TIMEOUT
                ) as response:
                    return response.status, await response.json(content_type=None) or {}
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(BETWEEN_TRIES_S)
            except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
                raise StoryEnded(f"{method} {path} got no whole answer ({type(problem).__name__}).") from problem
        raise StoryEnded(f"Nothing answers at {self.address}.")

    @staticmethod
    def _good(method: str, path: str, status: int, body: dict[str, Any]) -> dict[str, Any]:
        if status < REFUSED_FROM:
            return body
        errors = "".join(f" [{each.get('pointer', '')}] {each.get('detail', '')}" for each in body.get("errors") or ())
        raise StoryEnded(f"{method} {path} was refused with {status}: {body.get('detail', 'no detail')}{errors}")


def address_of(settings: Settings) -> str:
    """Where the API of this machine listens; the public address may lead through a proxy."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)  # noqa: S104 (compared)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}"


async def settled(
    look: Callable[[], Awaitable[tuple[object, ...]]],
    *,
    until: Callable[[tuple[Any, ...]], bool],
    calm_s: float,
    timeout_s: float,
) -> bool:
    """Look until what is seen is as wished and has stayed the same for a while; False when that takes too long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    seen, since = await look(), loop.time()
    while loop.time() < deadline:
        if until(seen) and loop.time() - since >= calm_s:
            return True
        await asyncio.sleep(0.2)
        now = await look()
        if now != seen:
            seen, since = now, loop.time()
    return False
