"""From which address a request comes: the connection's, or what our own proxies say of it.

A header that anybody may send is believed only as far as the addresses in `TRUSTED_PROXIES` wrote it.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from core.settings import Settings

Address = IPv4Address | IPv6Address
# A home or an office is given a whole network of this length, not one address.
_IPV6_NETWORK_BITS = 64


def address_of(scope: Any, settings: Settings) -> Address | None:
    """The nearest address in the chain of `X-Forwarded-For` that is no proxy of ours; None over a local socket."""
    client = scope.get("client")
    current = _parsed(client[0]) if client else None
    if current is None or not settings.trusted_proxies or not _is_trusted(current, settings):
        return current
    for hop in reversed(_forwarded(scope)):
        address = _parsed(hop)
        if address is None:
            break
        current = address
        if not _is_trusted(current, settings):
            break
    return current


def counted_as(address: Address | None) -> str:
    """Under what an address is counted: itself, or its network where that is what one person has."""
    if isinstance(address, IPv6Address):
        return str(int(address) >> (address.max_prefixlen - _IPV6_NETWORK_BITS))
    return str(address)


def _forwarded(scope: Any) -> list[str]:
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return str(b",".join(lines), "latin-1").split(",")


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Address | None:
    """An address, with or without a port; None where there is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_trusted(address: Address, settings: Settings) -> bool:
    return any(address in network for network in settings.trusted_proxies)
