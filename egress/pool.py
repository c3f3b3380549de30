"""Connections to receivers, kept for a moment between requests to a host.

A connection is made to a judged address, with the name kept for TLS and the Host header. One that is kept leads where
it led when it was judged; the next one is judged anew.
"""

import asyncio
import socket
import ssl
from collections import deque
from dataclasses import dataclass, field

from aiohappyeyeballs import start_connection

from core.egress_rules import Target
from egress.failures import EgressFailed
from egress.judge import Judge, RefusedAddress
from egress.line import Line, Received

CONNECTIONS = 450
"""More than a worker has on its way at a time: nobody waits for a connection because others are slow."""
CONNECTIONS_PER_HOST = 10
KEEP_ALIVE_S = 4.0
"""Shorter than the five seconds after which common servers hang up, so that a try is rarely lost on a dead line."""
SECOND_FAMILY_S = 0.25
"""How long the first address is waited for before one of the other family is tried beside it (RFC 8305)."""

_Key = tuple[str, str, int]


class _Places:
    """So many at a time. Taken at once where one is free, without a task's turn in between."""

    __slots__ = ("_waiting", "free")

    def __init__(self, count: int) -> None:
        self.free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait(self) -> None:
        """Take one as soon as one is free."""
        while not self.free:
            called = asyncio.get_running_loop().create_future()
            self._waiting.append(called)
            try:
                await called
            except BaseException:
                # Called and cut off in the same moment: the next one is called instead.
                if called.done() and not called.cancelled():
                    self._call_next()
                raise
        self.free -= 1

    def give_back(self) -> None:
        """Let somebody else have it."""
        self.free += 1
        if self._waiting:
            self._call_next()

    def _call_next(self) -> None:
        while self._waiting:
            called = self._waiting.popleft()
            if not called.done():
                called.set_result(None)
                return


@dataclass(slots=True)
class _Host:
    """What is kept for one host, while anybody uses it."""

    idle: list[Line] = field(default_factory=list[Line])
    places: _Places = field(default_factory=lambda: _Places(CONNECTIONS_PER_HOST))
    users: int = 0


class Pool:
    """Sends requests, each on a connection of its own while it lasts. Made inside a running loop, closed once."""

    def __init__(self, judge: Judge, tls: ssl.SSLContext, *, connect_s: float, most_bytes: int) -> None:
        self._judge = judge
        self._tls = tls
        self._connect_s = connect_s
        self._most_bytes = most_bytes
        self._loop = asyncio.get_running_loop()
        self._hosts: dict[_Key, _Host] = {}
        self._places = _Places(CONNECTIONS)
        self._sweeping: asyncio.TimerHandle | None = None

    async def send(self, target: Target, written: bytes, *, within_s: float) -> Received:
        """Write a request once, and read the beginning of its answer.

        Raises: EgressFailed.
        """
        begins = self._loop.time()
        connected_by = begins + min(self._connect_s, within_s)
        key = (target.scheme, target.host, target.port)
        host = self._hosts.get(key)
        if host is None:
            host = self._hosts[key] = _Host()
        host.users += 1
        here, anywhere = host.places, self._places
        try:
            if here.free and anywhere.free:
                # Every delivery passes here.
                here.free -= 1
                anywhere.free -= 1
            else:
                await self._wait_for_place(here, connected_by)
            try:
                line = self._kept(host, begins) or await self._connected(
                    target, begins + min(self._connect_s, within_s)
                )
                try:
                    received = await line.ask(written, begins + within_s)
                except BaseException:
                    line.hang_up()
                    raise
            finally:
                here.give_back()
                anywhere.give_back()
            self._keep(host, line)
            return received
        finally:
            host.users -= 1
            if not host.users and not host.idle:
                del self._hosts[key]

    async def close(self) -> None:
        """Close every kept connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for host in self._hosts.values():
            while host.idle:
                host.idle.pop().hang_up()
        # The loop closes what it was told to in its next round.
        await asyncio.sleep(0)

    async def _wait_for_place(self, here: _Places, by: float) -> None:
        """Wait until one more connection may be had, to this host and at all."""
        try:
            async with asyncio.timeout_at(by):
                await here.wait()
                try:
                    await self._places.wait()
                except BaseException:
                    here.give_back()
                    raise
        except TimeoutError:
            raise EgressFailed("connect_timeout") from None

    def _kept(self, host: _Host, now: float) -> Line | None:
        """The connection that was used last, where it is still fit and not too old."""
        oldest = now - KEEP_ALIVE_S
        while host.idle:
            line = host.idle.pop()
            if line.is_fit and line.idle_since > oldest:
                return line
            line.hang_up()
        return None

    def _keep(self, host: _Host, line: Line) -> None:
        if not line.is_fit:
            line.hang_up()
            return
        line.idle_since = self._loop.time()
        host.idle.append(line)
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(KEEP_ALIVE_S, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody has used for a while."""
        oldest = self._loop.time() - KEEP_ALIVE_S
        for key, host in list(self._hosts.items()):
            for line in host.idle:
                if line.idle_since <= oldest:
                    line.hang_up()
            host.idle = [line for line in host.idle if line.is_fit]
            if not host.users and not host.idle:
                del self._hosts[key]
        is_more = any(host.idle for host in self._hosts.values())
        self._sweeping = self._loop.call_later(KEEP_ALIVE_S, self._sweep) if is_more else None

    async def _connected(self, target: Target, by: float) -> Line:
        """A new connection, to an address that is judged now.

        Raises: EgressFailed.
        """
        try:
            async with asyncio.timeout_at(by):
                reached = await self._reached(target)
                try:
                    _, line = await self._opened(target, reached)
                except BaseException:
                    reached.close()
                    raise
        except EgressFailed:
            raise
        except RefusedAddress as refusal:
            raise EgressFailed("forbidden_target") from refusal
        except TimeoutError as late:
            raise EgressFailed("connect_timeout") from late
        except ssl.CertificateError as wrong:
            raise EgressFailed(
                "tls_certificate", f"The certificate is not valid for this name: {_why(wrong)}."
            ) from wrong
        except ssl.SSLError as failure:
            raise EgressFailed("tls_failed") from failure
        except (OSError, RuntimeError) as failure:
            raise EgressFailed("connect_failed") from failure
        return line

    async def _reached(self, target: Target) -> socket.socket:
        if target.address is not None:
            addresses = self._judge.literal(str(target.address), target.port)
        else:
            try:
                addresses = await self._judge.addresses(target.host, target.port)
            except (OSError, UnicodeError) as unknown:
                raise EgressFailed("name_not_resolved") from unknown
        return await start_connection(
            addresses, happy_eyeballs_delay=SECOND_FAMILY_S, socket_factory=self._judge.open_socket
        )

    async def _opened(self, target: Target, reached: socket.socket) -> tuple[asyncio.Transport, Line]:
        def line() -> Line:
            return Line(self._most_bytes)

        if target.scheme != "https":
            return await self._loop.create_connection(line, sock=reached)
        return await self._loop.create_connection(line, sock=reached, ssl=self._tls, server_hostname=target.host)


def _why(error: Exception) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else "it could not be read"
