"""The text of an environment variable turned into its value. Each function raises ValueError with what is wrong.

What is wrong is told without the value where the value may hold a password.
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

KEY_BYTES = 32
MOST_OTHER_KEYS = 2
LOG_LEVELS = ("debug", "info", "warning", "error")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


def environment(value: str) -> Environment:
    try:
        return Environment(value)
    except ValueError:
        raise ValueError(f"is {value!r}") from None


def whole(least: int, most: int) -> Callable[[str], int]:
    def convert(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
            raise ValueError(f"is {value!r}, not a whole number from {least} to {most}")
        return int(value)

    return convert


def cache_size(value: str) -> int:
    return 0 if value == "off" else whole(0, 10_000)(value)


def seconds(least: float, most: float) -> Callable[[str], float]:
    def convert(value: str) -> float:
        problem = f"is {value!r}, not a number of seconds from {least} to {most}"
        try:
            seconds = float(value)
        except ValueError:
            raise ValueError(problem) from None
        if not least <= seconds <= most:
            raise ValueError(problem)
        return seconds

    return convert


def database_url(value: str) -> str:
    """A PostgreSQL address in SQLAlchemy's words: the driver named, `sslmode` called `ssl`."""
    parts = _split(value)
    if parts.scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError("is not the address of a PostgreSQL database")
    query = {("ssl" if name == "sslmode" else name): text for name, text in parse_qsl(parts.query)}
    if not (parts.hostname or query.get("host")):
        raise ValueError("names no host")
    if len(parts.path) < 2:
        raise ValueError("names no database")
    if strange := sorted(query.keys() - {"host", "port", "ssl"}):
        raise ValueError(f"has the parameter {strange[0]!r}, which is not known here")
    return urlunsplit(("postgresql+asyncpg", parts.netloc, parts.path, urlencode(query, safe="/"), ""))


def redis_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme == "unix" and parts.path:
        return value
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("is not the address of a Redis server")
    return value


def public_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"is {value!r}, not a web address")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("has more than scheme, host, port and path")
    return quote(unquote(value), safe=":/[]%-._~").rstrip("/")


def own_address(host: str, port: int) -> str:
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 (compared, not bound)
    return f"http://{named}:{port}"


def key(value: str) -> bytes:
    try:
        key = base64.b64decode(value.translate({45: "+", 95: "/"}) + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(key) < KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes, fewer than {KEY_BYTES}")
    return key


def keys(value: str) -> tuple[bytes, ...]:
    given = tuple(key(text.strip()) for text in value.split(",") if text.strip())
    if len(given) > MOST_OTHER_KEYS:
        raise ValueError(f"names {len(given)} keys, more than {MOST_OTHER_KEYS}")
    return given


def networks(value: str) -> tuple[Network, ...]:
    networks: list[Network] = []
    for text in filter(None, (item.strip() for item in value.split(","))):
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            raise ValueError(f"names {text!r}, which is not a network") from None
    return tuple(networks)


def log_level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise ValueError(f"is {value!r}")
    return value.lower()


def _split(value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        _ = parts.port  # is read here, where a wrong one is told without the value
    except ValueError:
        raise ValueError("is not an address: percent-encode what is special in user name and password") from None
    return parts
