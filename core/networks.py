"""Networks that a credential may be used from.

Written as CIDR, such as `203.0.113.0/24`; one address is a network of its own.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from core.errors import FieldProblem, Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def check_networks(texts: Sequence[str], *, pointer: str) -> list[str]:
    """Networks in their one spelling, without repeats.

    Raises: `Invalid`, pointing at each that is none.
    """
    found: list[str] = []
    problems: list[FieldProblem] = []
    for index, text in enumerate(texts):
        try:
            found.append(str(ip_network(text.strip())))
        except ValueError:
            detail = "Not a network. Write it as 203.0.113.0/24 or 2001:db8::/32, with no bits set beyond the prefix."
            problems.append(FieldProblem("not_a_network", detail, pointer=f"{pointer}/{index}"))
    if problems:
        raise Invalid("A field is refused.", problems=problems)
    return list(dict.fromkeys(found))


def parse(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks as they were stored."""
    return tuple(ip_network(text) for text in texts)


def is_within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether a peer is in one of these networks; where none is named, everybody is."""
    if not networks:
        return True
    return address is not None and any(address in network for network in networks)
