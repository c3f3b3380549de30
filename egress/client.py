"""Outbound HTTP: public addresses only, small answers, short waits.

The one door out. A name is resolved here, each of its addresses is judged, and the connection goes to a judged address
with the name kept for TLS and the Host header; so a name that changes its address between two tries is judged anew.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import ip_address
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from core import egress_rules as rules
from egress.exchange import Exchange, UnreadableAnswer

CONNECTIONS = 450
"""More than a worker has on its way at a time: nobody waits for a connection because others are slow."""
CONNECTIONS_PER_HOST = 10
KEEP_ALIVE_S = 4.0
"""Shorter than the five seconds after which common servers hang up, so that a try is rarely lost on a dead line."""
TARGETS_KEPT = 1024
KEPT_HEADER_CHARS = 1024
LOOKUPS_AT_ONCE = 2
"""Names judged on their own at a time; threads of the system's resolver are few."""
WEBHOOK_AGENT = "Siaga-Webhooks/1"
_NOT_PUBLIC = "The name leads to an address that is not public: correct its DNS entry."
_NOT_KEPT = frozenset({"set-cookie", "set-cookie2", "authorization", "www-authenticate", "proxy-authenticate"})

FailureCode = Literal[
    "forbidden_target",
    "forbidden_header",
    "name_not_resolved",
    "connect_timeout",
    "connect_failed",
    "tls_certificate",
    "tls_failed",
    "timeout",
    "closed_early",
    "bad_answer",
]

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A name to its addresses as text. Raises: OSError, where it has none."""


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


class EgressFailed(Exception):  # noqa: N818  # what happened, as a job's `except` reads it
    """No whole answer came, or none was asked for: the code is for programs, the detail for the endpoint's owner."""

    def __init__(self, code: FailureCode, detail: str, *, duration_ms: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code: FailureCode = code
        self.detail = detail
        self.duration_ms = duration_ms


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
        # What a URL says never changes; where its name leads is judged at each connection.
        self._target = lru_cache(TARGETS_KEPT)(
            partial(rules.check_url, allowed_networks=allowed_networks, production=production)
        )
        self._limits = limits or Limits()
        judge = _Judge(rules.usable_networks(allowed_networks, production=production))
        self._resolver = _JudgingResolver(resolve or _system_addresses, judge)
        self._lookups: set[asyncio.Task[bool]] = set()
        self._connector = aiohttp.TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            socket_factory=judge.open_socket,
            ssl=tls or ssl.create_default_context(),
            limit=CONNECTIONS,
            limit_per_host=CONNECTIONS_PER_HOST,
            keepalive_timeout=KEEP_ALIVE_S,
        )
        self._exchange = Exchange(
            self._connector,
            user_agent=user_agent,
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
        await self._connector.close()

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float | None = None
    ) -> Answer:
        """Send these bytes once, follow nothing, and bring back the beginning of the answer.

        Units: timeout_s covers all, from resolving the name to the last byte read; 15 s where not given.
        Raises: EgressFailed.
        """
        return await self._send("POST", url, body, headers, timeout_s)

    async def get(self, url: str, headers: Mapping[str, str], *, timeout_s: float | None = None) -> Answer:
        """Ask once, follow nothing, and bring back the beginning of the answer. As `post` otherwise.

        Raises: EgressFailed.
        """
        return await self._send("GET", url, None, headers, timeout_s)

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
            raise rules.ForbiddenTarget(_NOT_PUBLIC)

    async def _look_up(self, name: str) -> bool:
        """Whether the name leads to a forbidden address."""
        try:
            await self._resolver.resolve(name)
        except _RefusedAddressError:
            return True
        except (OSError, UnicodeError):
            return False
        return False

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float | None
    ) -> Answer:
        started = time.monotonic()
        try:
            target = self._checked(url, headers)
            async with asyncio.timeout(self._limits.total_s if timeout_s is None else timeout_s):
                received = await self._exchange.send(method, target, body, headers)
        except (rules.ForbiddenTarget, rules.ForbiddenHeader, aiohttp.ClientError, OSError) as failure:
            code, detail = _told(failure)
            raise EgressFailed(code, detail, duration_ms=_since(started)) from failure
        status, kept, body_cut, is_cut = received
        return Answer(status, _kept(kept), body_cut, is_cut, _since(started))

    def _checked(self, url: str, headers: Mapping[str, str]) -> rules.Target:
        for name, value in headers.items():
            rules.check_header(name, value)
        return self._target(url)


class _RefusedAddressError(OSError):
    """An address that was not let through, in the one family of exceptions the client library passes on."""


class _Judge:
    """Lets sockets be opened to judged addresses only."""

    def __init__(self, allowed: Sequence[rules.Network]) -> None:
        self._allowed = allowed

    def check(self, address: str) -> None:
        try:
            rules.check_address(ip_address(address), self._allowed)
        except ValueError as refusal:  # ForbiddenTarget, or no address at all
            raise _RefusedAddressError(str(refusal)) from refusal

    def open_socket(
        self, info: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
    ) -> socket.socket:
        """The last gate: whatever led here, no socket is opened to an address that does not pass."""
        family, kind, protocol, _, address = info
        self.check(address[0])
        return socket.socket(family, kind, protocol)


class _JudgingResolver(AbstractResolver):
    """Resolves a name at the moment of connecting, and refuses it whole if one of its addresses is forbidden."""

    def __init__(self, resolve: Resolve, judge: _Judge) -> None:
        self._resolve = resolve
        self._judge = judge

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  # the library's signature
    ) -> list[ResolveResult]:
        addresses = list(dict.fromkeys(await self._resolve(host)))
        for address in addresses:
            self._judge.check(address)
        if not addresses:
            raise OSError("no address")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


async def _system_addresses(name: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers fit to be shown and stored: no secrets, no endless values, nothing a database refuses."""
    return {
        name.lower(): _storable(value)[:KEPT_HEADER_CHARS]
        for name, value in headers.items()
        if name.lower() not in _NOT_KEPT
    }


def _storable(value: str) -> str:
    plain = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return plain.replace("\0", "?")


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _told(failure: Exception) -> tuple[FailureCode, str]:
    """Name a failure for a program and for the endpoint's owner; nothing the receiver sent is repeated."""
    match failure:
        case rules.ForbiddenTarget():
            return "forbidden_target", failure.reason
        case rules.ForbiddenHeader():
            return "forbidden_header", failure.reason
        case aiohttp.ClientConnectorError(os_error=_RefusedAddressError()):
            # The address is not told: an outsider's name could otherwise read our inner DNS.
            return "forbidden_target", _NOT_PUBLIC
        case aiohttp.ClientConnectorCertificateError(certificate_error=error):
            return "tls_certificate", f"The certificate is not valid for this name: {_why(error)}."
        case _:
            return next((code, detail) for kind, code, detail in _FAILURES if isinstance(failure, kind))


# The first kind that fits counts: the library's families overlap.
_FAILURES: tuple[tuple[type[Exception], FailureCode, str], ...] = (
    (aiohttp.ClientConnectorDNSError, "name_not_resolved", "The name has no address: check it and its DNS entry."),
    (aiohttp.ClientSSLError, "tls_failed", "TLS could not be agreed on: offer TLS 1.2 or 1.3."),
    (aiohttp.ConnectionTimeoutError, "connect_timeout", "No connection in time: check that the port is open to us."),
    (TimeoutError, "timeout", "No whole answer in time: answer 2xx first and work afterwards."),
    (aiohttp.ClientConnectorError, "connect_failed", "No connection was taken: check host and port."),
    (UnreadableAnswer, "bad_answer", "The answer is no readable HTTP: check what listens on that port."),
    (Exception, "closed_early", "The connection was closed before the answer was whole."),
)


def _why(error: Exception) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else "it could not be read"
