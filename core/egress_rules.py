"""Where an outgoing request may go: which URL, which address, which header.

Closed until opened: a URL is taken only in one plain spelling, an address only where no registry sets it apart.
Source: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_CHARS = 2048
MAX_HEADER_VALUE_CHARS = 1024
HTTPS_PORT = 443
FIRST_OPEN_PORT = 1024

# fmt: off
_SPECIAL: tuple[tuple[str, str, str], ...] = (
    ("0.0.0.0/8",          "this host on this network",      "RFC 791"),
    ("10.0.0.0/8",         "private use",                    "RFC 1918"),
    ("100.64.0.0/10",      "shared address space",           "RFC 6598"),
    ("127.0.0.0/8",        "loopback",                       "RFC 1122"),
    ("168.63.129.16/32",   "a cloud's platform address",     "Azure WireServer"),
    ("169.254.0.0/16",     "link-local",                     "RFC 3927"),
    ("172.16.0.0/12",      "private use",                    "RFC 1918"),
    ("192.0.0.0/24",       "IETF protocol assignments",      "RFC 6890"),
    ("192.0.2.0/24",       "documentation",                  "RFC 5737"),
    ("192.31.196.0/24",    "AS112",                          "RFC 7535"),
    ("192.52.193.0/24",    "multicast tunnelling",           "RFC 7450"),
    ("192.88.99.0/24",     "former 6to4 relays",             "RFC 7526"),
    ("192.168.0.0/16",     "private use",                    "RFC 1918"),
    ("192.175.48.0/24",    "AS112 direct delegation",        "RFC 7534"),
    ("198.18.0.0/15",      "benchmarking",                   "RFC 2544"),
    ("198.51.100.0/24",    "documentation",                  "RFC 5737"),
    ("203.0.113.0/24",     "documentation",                  "RFC 5737"),
    ("224.0.0.0/4",        "multicast",                      "RFC 5771"),
    ("240.0.0.0/4",        "reserved",                       "RFC 1112"),
    ("::/128",             "the unspecified address",        "RFC 4291"),
    ("::1/128",            "loopback",                       "RFC 4291"),
    ("::/96",              "IPv4 in IPv6, deprecated",       "RFC 4291"),
    ("::ffff:0:0/96",      "IPv4 mapped into IPv6",          "RFC 4291"),
    ("64:ff9b:1::/48",     "local-use IPv4/IPv6 translation", "RFC 8215"),
    ("100::/64",           "discard only",                   "RFC 6666"),
    ("100:0:0:1::/64",     "dummy prefix",                   "RFC 9780"),
    ("2001::/32",          "Teredo",                         "RFC 4380"),
    ("2001::/23",          "IETF protocol assignments",      "RFC 2928"),
    ("2001:db8::/32",      "documentation",                  "RFC 3849"),
    ("2002::/16",          "6to4",                           "RFC 3056"),
    ("2620:4f:8000::/48",  "AS112 direct delegation",        "RFC 7534"),
    ("3fff::/20",          "documentation",                  "RFC 9637"),
    ("5f00::/16",          "segment routing",                "RFC 9602"),
    ("fc00::/7",           "unique local",                   "RFC 4193"),
    ("fe80::/10",          "link-local",                     "RFC 4291"),
    ("fec0::/10",          "site-local, deprecated",         "RFC 3879"),
    ("ff00::/8",           "multicast",                      "RFC 4291"),
)
# fmt: on
SPECIAL_PURPOSE = tuple((ip_network(network), use, source) for network, use, source in _SPECIAL)
"""Networks no request may reach: (network, use, source). Anycast services of the registries are left out as well."""

_REMEDY = "use a host with a public address."

NAT64 = IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = IPv6Network("2000::/3")

PRIVATE_NAMES = (
    "localhost",  # RFC 6761
    "local",  # RFC 6762
    "internal",  # reserved by ICANN in 2024; also where clouds keep their metadata
    "home.arpa",  # RFC 8375
    "onion",  # RFC 7686
    "alt",  # RFC 9476
)

_URL_CHARS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_PARTS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?]*)(?P<rest>.*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_PLAIN_VALUES = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
# Headers that steer the connection: only the client itself writes them.
_STEERING = re.compile(
    r"(?:accept|content|transfer)-encoding|connection|content-length|cookie|expect|host|keep-alive"
    r"|proxy-.*|te|trailer|upgrade|via"
)


class ForbiddenTarget(ValueError):  # noqa: N818  # the trade's word; callers read it as a refusal
    """The URL or the address is none that may be reached; the sentence says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForbiddenHeader(ValueError):  # noqa: N818  # as above
    """The header is none that may be sent; the sentence says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be tried, in its one spelling. A name still has to be resolved, and each address checked."""

    url: str
    scheme: str
    host: str
    port: int
    address: Address | None


def usable_networks(allowed_networks: Sequence[Network], *, production: bool) -> tuple[Network, ...]:
    """The private networks that count as open: those named, and none at all in production."""
    return () if production else tuple(allowed_networks)


def check_address(address: Address, allowed_networks: Sequence[Network]) -> None:
    """Let a public address pass, and one of an explicitly allowed network.

    Raises: ForbiddenTarget.
    """
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ForbiddenTarget(f"{address} has a zone, which means this machine's own links: {_REMEDY}")
    if any(address in network for network in allowed_networks):
        return
    for network, use, source in SPECIAL_PURPOSE:
        if address in network:
            raise ForbiddenTarget(f"{address} is not public ({use}, {source}): {_REMEDY}")
    if isinstance(address, IPv6Address) and address in NAT64:
        # A translator would carry the packet on to the IPv4 address in the last 32 bits.
        check_address(IPv4Address(int(address) & 0xFFFF_FFFF), ())
    elif isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        raise ForbiddenTarget(f"{address} is not public (not global unicast, RFC 4291): {_REMEDY}")


def check_url(url: str, *, allowed_networks: Sequence[Network], production: bool) -> Target:
    """Read the URL of an endpoint, strictly.

    An https URL on port 443 or 1024-65535. In development alone, plain http is taken as well where the host is
    written as an address of an allowed network.

    Raises: ForbiddenTarget.
    """
    allowed = usable_networks(allowed_networks, production=production)
    scheme, authority, rest = _split(url)
    if "@" in authority:
        raise ForbiddenTarget("The URL holds user information: leave out what stands before the @.")
    written = _AUTHORITY.fullmatch(authority)
    if written is None:
        raise ForbiddenTarget(
            "The URL has no readable host and port: write https://host/path or https://host:port/path."
        )
    host, address = _read_host(written["host"].lower(), allowed)
    _check_scheme(scheme, address, allowed)
    default = HTTPS_PORT if scheme == "https" else 80
    port = int(written["port"] or default)
    if port != HTTPS_PORT and not FIRST_OPEN_PORT <= port <= 65535:
        raise ForbiddenTarget(f"Port {port} is closed to webhooks: use 443 or one in 1024-65535.")
    shown_port = "" if port == default else f":{port}"
    path = rest if rest.startswith("/") else f"/{rest}"
    return Target(f"{scheme}://{host}{shown_port}{path}", scheme, host.strip("[]"), port, address)


def _split(url: str) -> tuple[str, str, str]:
    if len(url) > MAX_URL_CHARS:
        raise ForbiddenTarget(f"The URL is longer than {MAX_URL_CHARS} characters: shorten it.")
    if url != url.strip():
        raise ForbiddenTarget("The URL begins or ends with white space: remove it.")
    if not url.isascii():
        raise ForbiddenTarget(
            "The URL holds characters that are not ASCII: write the host as xn--..., the path as %XX."
        )
    if not _URL_CHARS.fullmatch(url):
        raise ForbiddenTarget("The URL holds a space, control or other character no URL may hold: write it as %XX.")
    if "#" in url:
        raise ForbiddenTarget("The URL holds a fragment, which is never sent: leave out the # and what follows.")
    parts = _PARTS.fullmatch(url)
    if parts is None:
        raise ForbiddenTarget("The text is no absolute URL: write https://host/path.")
    return parts["scheme"].lower(), parts["authority"], parts["rest"]


def _check_scheme(scheme: str, address: Address | None, allowed: Sequence[Network]) -> None:
    if scheme == "https":
        return
    # Plain http to a name would have to be judged after resolving; an address is judged here and now.
    if scheme != "http" or address is None or not any(address in network for network in allowed):
        raise ForbiddenTarget(f"Webhooks are sent over https only, not {scheme[:20]}: write https://.")


def _read_host(host: str, allowed: Sequence[Network]) -> tuple[str, Address | None]:
    """The host as it is written in a URL, and its address where it is one."""
    if host.startswith("["):
        return _read_ipv6(host[1:-1], allowed)
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(host, labels, allowed)
    _check_name(host)
    return host, None


def _read_ipv6(text: str, allowed: Sequence[Network]) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise ForbiddenTarget("What stands in brackets is no IPv6 address: correct it or use a name.") from None
    check_address(address, allowed)
    return f"[{address.compressed}]", address


def _read_ipv4(host: str, labels: Sequence[str], allowed: Sequence[Network]) -> tuple[str, Address]:
    """Read an IPv4 address as the most lenient resolver would, then take only the plain spelling."""
    address = _lenient_ipv4(labels)
    if address is None:
        raise ForbiddenTarget("The host ends in a number but is no IPv4 address: correct it or use a name.")
    check_address(address, allowed)
    if str(address) != host:
        raise ForbiddenTarget(f"The host is an odd spelling of an address: write {address}.")
    return host, address


def _lenient_ipv4(labels: Sequence[str]) -> IPv4Address | None:
    numbers = [_number(label) for label in labels]
    if len(numbers) > 4 or None in numbers:
        return None
    *high, low = [number for number in numbers if number is not None]
    if any(number > 255 for number in high) or low >= 256 ** (4 - len(high)):
        return None
    return IPv4Address(sum(number << 8 * (3 - place) for place, number in enumerate(high)) + low)


def _number(label: str) -> int | None:
    """Decimal, octal after a 0, hexadecimal after 0x; None where it is none of them or too long to be one."""
    if len(label) > 64 or not _NUMBER.fullmatch(label):
        return None
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    if label.startswith("0"):
        return int(label, 8) if set(label) <= set("01234567") else None
    return int(label)


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ForbiddenTarget(
            "The host is no host name: letters, digits and hyphens between single dots, none at the end."
        )
    if not all(_is_plain_or_punycode(label) for label in labels):
        raise ForbiddenTarget("The host holds an xn-- part that stands for nothing: correct it.")
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in PRIVATE_NAMES):
        raise ForbiddenTarget("The host is a name of a private network: use a name the public DNS knows.")


def _is_plain_or_punycode(label: str) -> bool:
    if not label.startswith("xn--"):
        return True
    try:
        written = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return not written.isascii() and written.encode("punycode").decode("ascii") == label[4:]


def check_header(name: str, value: str) -> None:
    """Let a header pass that cannot break the request apart or steer the connection.

    Raises: ForbiddenHeader.
    """
    _check_header_name(name)
    if len(value) > MAX_HEADER_VALUE_CHARS or not _HEADER_VALUE.fullmatch(value):
        raise ForbiddenHeader(f"The value of {name} is not 1 to {MAX_HEADER_VALUE_CHARS} printable ASCII characters.")


def check_headers(names: Sequence[str], values: Sequence[str]) -> None:
    """As `check_header`, for all values of a request, whose names have passed already.

    Raises: ForbiddenHeader.
    """
    joined = " ".join(values)
    # No space at an end of a value and none empty, since no two spaces stand together. What is left is looked at alone.
    if len(joined) > MAX_HEADER_VALUE_CHARS or not _PLAIN_VALUES.fullmatch(joined):
        for name, value in zip(names, values, strict=True):
            check_header(name, value)


def header_name(name: str) -> str:
    """The name in lower case, as it is sent.

    Raises: ForbiddenHeader.
    """
    return _check_header_name(name)


@lru_cache(maxsize=256)
def _check_header_name(name: str) -> str:
    """The name in lower case."""
    if not _HEADER_NAME.fullmatch(name):
        raise ForbiddenHeader("A header name is 1 to 64 letters, digits and hyphens.")
    if _STEERING.fullmatch(name.lower()):
        raise ForbiddenHeader(f"The header {name} steers the connection: leave it out.")
    return name.lower()


def check_extra_header(name: str, value: str) -> None:
    """As `check_header`, for a header an endpoint's owner asks for: our own may not be overwritten.

    Raises: ForbiddenHeader.
    """
    check_header(name, value)
    if name.lower() in {"content-type", "user-agent"} or name.lower().startswith("webhook-"):
        raise ForbiddenHeader(f"The header {name} is written by us: choose another name.")
