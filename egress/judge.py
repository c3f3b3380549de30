"""Where a name leads, and whether that may be reached: asked at the moment of connecting, each time anew."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from core import egress_rules as rules

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
"""Family, kind, protocol, nothing, and address with port: as `socket.getaddrinfo` tells it."""

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""A name to its addresses as text. Raises: OSError, where it has none."""


class RefusedAddress(Exception):  # noqa: N818 - says what it is about, as the rules it follows
    """An address that was not let through."""


class Judge:
    """Resolves names, and lets sockets be opened to judged addresses only."""

    def __init__(self, allowed: Sequence[rules.Network], resolve: Resolve | None) -> None:
        self._allowed = allowed
        self._resolve = resolve or _system_addresses

    async def addresses(self, name: str, port: int) -> list[AddressInfo]:
        """Where a name leads; it is refused whole if one of its addresses is forbidden.

        Raises: RefusedAddress; OSError, where it leads nowhere.
        """
        found = list(dict.fromkeys(await self._resolve(name)))
        for address in found:
            self.check(address)
        if not found:
            raise OSError("no address")
        return [_ready(address, port) for address in found]

    def literal(self, address: str, port: int) -> list[AddressInfo]:
        """The same for what is an address already.

        Raises: RefusedAddress.
        """
        self.check(address)
        return [_ready(address, port)]

    def check(self, address: str) -> None:
        """Let an address pass.

        Raises: RefusedAddress.
        """
        try:
            rules.check_address(ip_address(address), self._allowed)
        except ValueError as refusal:  # ForbiddenTarget, or no address at all
            raise RefusedAddress(str(refusal)) from refusal

    def open_socket(self, info: AddressInfo) -> socket.socket:
        """The last gate: whatever led here, no socket is opened to an address that does not pass."""
        family, kind, protocol, _, address = info
        self.check(address[0])
        return socket.socket(family, kind, protocol)


def _ready(address: str, port: int) -> AddressInfo:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


async def _system_addresses(name: str) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
