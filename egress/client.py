"""Outbound HTTP: public addresses only, small answers, short waits.

The one door out. A name is resolved here, each of its addresses is judged, and the connection goes to a judged address
with the name kept for TLS and the Host header; so a name that changes its address between two tries is judged anew.
"""

import asyncio
import ssl
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import TracebackType
from typing import Any, Self

from core import egress_rules as rules
from egress.failures import NOT_PUBLIC, EgressFailed
from egress.judge import Judge, RefusedAddress, Resolve
from egress.pool import Pool

TARGETS_KEPT = 1024
KEPT_HEADER_CHARS = 1024
LOOKUPS_AT_ONCE = 2
"""Names judged on their own at a time; threads of the system's resolver are few."""
WEBHOOK_AGENT = "Siaga-Webhooks/1"
_NOT_KEPT = frozenset({"set-cookie", "set-cookie2", "authorization", "www-authenticate", "proxy-authenticate"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Units: seconds, bytes."""

    total_s: float = 15.0
    connect_s: float = 5.0
    body_bytes: int = 16 * 1024


@dataclass(slots=True)
class Answer:
    """What came back: a status of any kind, redirects included, with names of headers in lower case.

    `body_cut` holds the first bytes, 16 KB at most unless the client was made for more; `is_cut` tells of the rest.
    """

    status: int
    headers: Mapping[str, str]
    body_cut: bytes
    is_cut: bool
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What requests of one kind to one URL begin with: a place (`%s`) for the value of each header that they tell."""

    target: rules.Target
    lines: str


class Egress:
    """The guarded client. Made inside a running loop, closed once; keeps connections between requests to a host."""

    def __init__(
        self,
        *,
        allowed_networks: Sequence[rules.Network] = (),
        production: bool,
        limits: Limits | None = None,
        user_agent: str = WEBHOOK_AGENT,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._target = partial(rules.check_url, allowed_networks=allowed_networks, production=production)
        self._limits = limits or Limits()
        self._unless_told = {"user-agent": user_agent, "accept": "*/*"}
        rules.check_headers(*zip(*self._unless_told.items(), strict=True))
        # What a URL says never changes; where its name leads is judged at each connection.
        self._letterhead = lru_cache(TARGETS_KEPT)(self._new_letterhead)
        self._judge = Judge(rules.usable_networks(allowed_networks, production=production), resolve)
        self._lookups: set[asyncio.Task[bool]] = set()
        self._pool = Pool(
            self._judge,
            tls or ssl.create_default_context(),
            connect_s=self._limits.connect_s,
            most_bytes=self._limits.body_bytes,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every kept connection, and wait for no lookup."""
        for lookup in self._lookups:
            lookup.cancel()
        await self._pool.close()

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """Send these bytes once, follow nothing, and bring back the beginning of the answer.

        Units: timeout_s covers all, from resolving the name to the last byte read; 15 s where not given.
        Raises: EgressFailed.
        """
        return self._send("POST", url, body, headers, timeout_s)

    def get(
        self, url: str, headers: Mapping[str, str], *, timeout_s: float | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """Ask once, follow nothing, and bring back the beginning of the answer. As `post` otherwise.

        Raises: EgressFailed.
        """
        return self._send("GET", url, None, headers, timeout_s)

    async def check_name(self, name: str, *, timeout_s: float) -> None:
        """Judge where a name leads at this moment, without connecting.

        What leads nowhere, or not in time, passes: each request judges it again.
        Raises: ForbiddenTarget, where one of its addresses is forbidden; the address is not told.
        """
        if len(self._lookups) >= LOOKUPS_AT_ONCE:
            return
        lookup = asyncio.create_task(self._look_up(name))
        # The system's resolver cannot be called off: a lookup keeps its place until it has ended.
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)
        done, _ = await asyncio.wait({lookup}, timeout=timeout_s)
        if done and lookup.result():
            raise rules.ForbiddenTarget(NOT_PUBLIC)

    async def _look_up(self, name: str) -> bool:
        """Whether the name leads to a forbidden address."""
        try:
            await self._judge.addresses(name, rules.HTTPS_PORT)
        except RefusedAddress:
            return True
        except (OSError, UnicodeError):
            return False
        return False

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float | None
    ) -> Answer:
        started = time.monotonic()
        try:
            names = tuple(headers)
            letterhead = self._letterhead(method, url, names)
            written = _written(letterhead, names, tuple(headers.values()), body)
            limit_s = self._limits.total_s if timeout_s is None else timeout_s
            status, told, body_cut, is_cut = await self._pool.send(letterhead.target, written, within_s=limit_s)
        except rules.ForbiddenTarget as refusal:
            raise EgressFailed("forbidden_target", refusal.reason, duration_ms=_since(started)) from refusal
        except rules.ForbiddenHeader as refusal:
            raise EgressFailed("forbidden_header", refusal.reason, duration_ms=_since(started)) from refusal
        except EgressFailed as failure:
            failure.duration_ms = _since(started)
            raise
        return Answer(status, _kept(told), body_cut, is_cut, _since(started))

    def _new_letterhead(self, method: str, url: str, names: tuple[str, ...]) -> Letterhead:
        """What requests to a URL begin with, where these headers are told.

        Raises: ForbiddenTarget; ForbiddenHeader.
        """
        target = self._target(url)
        # The URL was judged in this spelling and leaves in it.
        authority, _, rest = target.url.partition("://")[2].partition("/")
        lines = [f"{method} /{rest} HTTP/1.1\r\nhost: {authority}\r\naccept-encoding: identity\r\n".replace("%", "%%")]
        told = [rules.header_name(name) for name in names]
        for place, name in enumerate(told, start=1):
            # Of a name that is told twice, in two spellings, the last value is sent.
            lines.append("%.0s" if name in told[place:] else name.replace("%", "%%") + ": %s\r\n")
        ours = [f"{name}: {value}\r\n" for name, value in self._unless_told.items() if name not in told]
        return Letterhead(target, "".join(lines + [line.replace("%", "%%") for line in ours]))


def _written(letterhead: Letterhead, names: Sequence[str], values: tuple[str, ...], body: bytes | None) -> bytes:
    """A request, whole. No value of a header may end its line.

    Raises: ForbiddenHeader.
    """
    if values:
        rules.check_headers(names, values)
    head = letterhead.lines % values
    if body is None:
        return f"{head}\r\n".encode("ascii")
    return f"{head}content-length: {len(body)}\r\n\r\n".encode("ascii") + body


def _kept(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers fit to be shown and stored: no secrets, no endless values, nothing a database refuses."""
    return {name: value for name, value in map(_kept_header, headers) if name not in _NOT_KEPT}


@lru_cache(TARGETS_KEPT)
def _kept_header(header: tuple[bytes, bytes]) -> tuple[str, str]:
    name, value = header
    text = value.decode("utf-8", "replace").replace("\0", "?").strip()
    return name.decode("latin-1").lower(), text[:KEPT_HEADER_CHARS]


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
