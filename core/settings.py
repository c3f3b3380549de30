"""Every environment variable, parsed from the mapping it is handed; all mistakes are told at once.

`docs/configuration.md` documents each variable; a test compares the two.
"""

import base64
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from core import setting_values as values
from core.setting_values import LOG_LEVELS, Environment, Network

APP_ROLE = "siaga_app"
RELAY_ROLE = "siaga_relay"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. `default` is None where the variable must be given."""

    name: str
    default: str | None


VARIABLES = (
    Variable("DATABASE_URL", None),
    Variable("DATABASE_OWNER_URL", ""),
    Variable("DATABASE_RELAY_URL", ""),
    Variable("DATABASE_POOL_SIZE", "10"),
    Variable("DATABASE_STATEMENT_CACHE", "100"),
    Variable("REDIS_URL", None),
    Variable("SECRET_KEY", None),
    Variable("OTHER_SECRET_KEYS", ""),
    Variable("ENVIRONMENT", "development"),
    Variable("API_HOST", "127.0.0.1"),
    Variable("API_PORT", "8000"),
    Variable("PUBLIC_URL", ""),
    Variable("SIAGA_HOME", ""),
    Variable("WEBHOOK_TIMEOUT_S", "15"),
    Variable("ALLOW_PRIVATE_WEBHOOK_TARGETS", ""),
    Variable("TRUSTED_PROXIES", ""),
    Variable("RATE_LIMIT_CREDENTIAL", "600"),
    Variable("RATE_LIMIT_AGENCY", "3000"),
    Variable("RATE_LIMIT_ADDRESS", "600"),
    Variable("SENTIMENT_WEIGHTS", ""),
    Variable("SENTIMENT_MODEL", ""),
    Variable("LOG_LEVEL", "info"),
    Variable("METRICS_HOST", "127.0.0.1"),
    Variable("METRICS_PORT", ""),
    Variable("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
)
_DEFAULTS = {variable.name: variable.default for variable in VARIABLES}
# Read by the tests only, never a setting of the product.
_ALSO_KNOWN = frozenset({"SIAGA_SHARED"})
_STAND_INS = {
    "DATABASE_URL": "postgresql://postgres@/siaga?host=/run",
    "REDIS_URL": "unix:///run/redis.sock",
    "SECRET_KEY": base64.b64encode(bytes(values.KEY_BYTES)).decode(),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """A setting that cannot be used: which, what is wrong with it, and what to do. Never its value if secret."""

    variable: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable} {self.problem}. {self.remedy}"


class SettingsError(Exception):
    """Settings that cannot be used, every mistake named."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.mistakes = mistakes
        super().__init__(*mistakes)

    def __str__(self) -> str:
        heading = "One setting is wrong" if len(self.mistakes) == 1 else f"{len(self.mistakes)} settings are wrong"
        return "\n".join([f"{heading} (docs/configuration.md explains each):", *(f"  {m}" for m in self.mistakes)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation was told.

    `database_url`, `owner_url` and `relay_url` are SQLAlchemy addresses (`postgresql+asyncpg://`). A process that is
    given a role to take (`app_role`, `relay_role`) runs `SET ROLE` on each new connection; None means that the
    address logs in as that role already.
    """

    environment: Environment
    database_url: str = field(repr=False)
    owner_url: str | None = field(repr=False)
    relay_url: str = field(repr=False)
    app_role: str | None
    relay_role: str | None
    database_pool_size: int
    database_statement_cache: int
    redis_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    other_secret_keys: tuple[bytes, ...] = field(repr=False)
    api_host: str
    api_port: int
    public_url: str
    home: str
    webhook_timeout_s: float
    allow_private_webhook_targets: tuple[Network, ...]
    trusted_proxies: tuple[Network, ...]
    rate_limit_credential: int
    rate_limit_agency: int
    rate_limit_address: int
    sentiment_weights: str
    sentiment_model: str
    log_level: str
    metrics_host: str
    metrics_port: int | None
    otlp_endpoint: str

    @property
    def secret_keys(self) -> tuple[bytes, ...]:
        """Every secret that opens what was sealed or signed; the first one seals and signs."""
        return (self.secret_key, *self.other_secret_keys)

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @classmethod
    def parse(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the settings; nothing else is looked at.

        Raises: SettingsError, with every mistake at once.
        """
        reader = _Reader(environ)
        settings = _read(reader)
        if reader.mistakes:
            raise SettingsError(*reader.mistakes)
        return settings


def wants_embedded_servers(environ: Mapping[str, str]) -> bool:
    """Whether PostgreSQL and Redis are to be started from their packages: no server is named, and it is allowed."""
    named = any(environ.get(name) for name in ("DATABASE_URL", "REDIS_URL"))
    return not named and environ.get("ENVIRONMENT", "") != Environment.PRODUCTION


def check_without_servers(environ: Mapping[str, str]) -> Settings:
    """The settings before the embedded servers are up, their addresses stood in for.

    Raises: SettingsError.
    """
    return Settings.parse({**_STAND_INS, **{name: value for name, value in environ.items() if value}})


def data_directory(environ: Mapping[str, str]) -> str:
    """Where the embedded servers keep their data."""
    if home := environ.get("SIAGA_HOME"):
        return home
    if data_home := environ.get("XDG_DATA_HOME"):
        return f"{data_home.rstrip('/')}/siaga"
    if user_home := environ.get("HOME"):
        return f"{user_home.rstrip('/')}/.local/share/siaga"
    return "/var/lib/siaga"


class _Reader:
    """Reads one variable after another and remembers what was wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.mistakes: list[Mistake] = []

    def wrong(self, variable: str, problem: str, remedy: str) -> None:
        self.mistakes.append(Mistake(variable, problem, remedy))

    def text(self, variable: str) -> str:
        """The value as given; the default where the variable is unset or empty."""
        return self.environ.get(variable, "").strip() or _DEFAULTS[variable] or ""

    def required(self, variable: str, remedy: str) -> str:
        value = self.text(variable)
        if not value:
            self.wrong(variable, "is missing", remedy)
        return value

    def read(self, variable: str, convert: Callable[[str], T], remedy: str, *, otherwise: T) -> T:
        """The value converted. `convert` raises ValueError with what is wrong; `otherwise` keeps the reading going."""
        value = self.text(variable)
        if not value:
            return otherwise
        try:
            return convert(value)
        except ValueError as error:
            self.wrong(variable, str(error), remedy)
            return otherwise


def _read(reader: _Reader) -> Settings:
    _refuse_unknown(reader)
    environment = reader.read(
        "ENVIRONMENT", values.environment, "Use development or production.", otherwise=Environment.DEVELOPMENT
    )
    host = reader.text("API_HOST")
    port = reader.read("API_PORT", values.whole(1, 65_535), "Use a free port, such as 8000.", otherwise=8000)
    database_url, owner_url, relay_url = _database_urls(reader)
    reader.required("REDIS_URL", f"Write it as redis://HOST:6379.{_or_neither(reader, 'DATABASE_URL')}")
    reader.required("SECRET_KEY", "Make one with: openssl rand -base64 32")
    settings = Settings(
        environment=environment,
        database_url=database_url,
        owner_url=owner_url or (None if relay_url else database_url),
        relay_url=relay_url or database_url,
        app_role=None if relay_url else APP_ROLE,
        relay_role=None if relay_url else RELAY_ROLE,
        database_pool_size=reader.read(
            "DATABASE_POOL_SIZE", values.whole(1, 200), "Ten connections a process suit most.", otherwise=10
        ),
        database_statement_cache=reader.read(
            "DATABASE_STATEMENT_CACHE", values.cache_size, "Use 100, or off behind PgBouncer.", otherwise=100
        ),
        redis_url=reader.read(
            "REDIS_URL", values.redis_url, "Write it as redis://HOST:6379 or unix:///PATH.", otherwise=""
        ),
        secret_key=reader.read("SECRET_KEY", values.key, "Make one with: openssl rand -base64 32", otherwise=b""),
        other_secret_keys=reader.read(
            "OTHER_SECRET_KEYS", values.keys, "Give the key before or the key to come, as SECRET_KEY.", otherwise=()
        ),
        api_host=host,
        api_port=port,
        public_url=reader.read(
            "PUBLIC_URL",
            values.public_url,
            "Write it as https://api.example.com.",
            otherwise=values.own_address(host, port),
        ),
        home=data_directory(reader.environ),
        webhook_timeout_s=reader.read(
            "WEBHOOK_TIMEOUT_S", values.seconds(1, 60), "Fifteen seconds are the promise to receivers.", otherwise=15.0
        ),
        allow_private_webhook_targets=reader.read(
            "ALLOW_PRIVATE_WEBHOOK_TARGETS", values.networks, "Write networks as 127.0.0.0/8,10.0.0.0/8.", otherwise=()
        ),
        trusted_proxies=reader.read(
            "TRUSTED_PROXIES", values.networks, "Write the proxies' networks as 10.0.0.0/8,fd00::/8.", otherwise=()
        ),
        rate_limit_credential=_requests_a_minute(reader, "RATE_LIMIT_CREDENTIAL"),
        rate_limit_agency=_requests_a_minute(reader, "RATE_LIMIT_AGENCY"),
        rate_limit_address=_requests_a_minute(reader, "RATE_LIMIT_ADDRESS"),
        sentiment_weights=reader.text("SENTIMENT_WEIGHTS"),
        sentiment_model=reader.text("SENTIMENT_MODEL"),
        log_level=reader.read("LOG_LEVEL", values.log_level, f"Use one of {', '.join(LOG_LEVELS)}.", otherwise="info"),
        metrics_host=reader.text("METRICS_HOST"),
        metrics_port=reader.read(
            "METRICS_PORT", values.whole(1, 65_534), "Use a free port, such as 9100.", otherwise=None
        ),
        otlp_endpoint=reader.read(
            "OTEL_EXPORTER_OTLP_ENDPOINT", values.public_url, "Write it as http://127.0.0.1:4318.", otherwise=""
        ),
    )
    if settings.is_production:
        _refuse_in_production(reader, settings)
    return settings


def _requests_a_minute(reader: _Reader, variable: str) -> int:
    most = values.whole(1, 10_000_000)
    return reader.read(variable, most, f"Requests a minute; {_DEFAULTS[variable]} suit most.", otherwise=1)


def _refuse_unknown(reader: _Reader) -> None:
    for name in sorted(reader.environ):
        if name.startswith("SIAGA_") and name not in _DEFAULTS and name not in _ALSO_KNOWN:
            near = difflib.get_close_matches(name, _DEFAULTS, n=1)
            reader.wrong(name, "is not a setting", f"Did you mean {near[0]}?" if near else "Unset it.")


def _database_urls(reader: _Reader) -> tuple[str, str, str]:
    """Addresses of app, owner and relay; the last two empty where DATABASE_URL serves all three."""
    remedy = "Write it as postgresql://USER:PASSWORD@HOST:5432/NAME."
    reader.required("DATABASE_URL", f"{remedy}{_or_neither(reader, 'REDIS_URL')}")
    app, owner, relay = (
        reader.read(name, values.database_url, remedy, otherwise="")
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_RELAY_URL")
    )
    if reader.text("DATABASE_OWNER_URL") and not reader.text("DATABASE_RELAY_URL"):
        reader.wrong(
            "DATABASE_RELAY_URL",
            "is missing beside DATABASE_OWNER_URL",
            f"Set it to the address that logs in as {RELAY_ROLE}, or give DATABASE_URL alone.",
        )
    return app, owner, relay


def _or_neither(reader: _Reader, other: str) -> str:
    """The other way out where one server is named and the other is not."""
    return f" Or unset {other} too, and Siaga brings its own servers." if reader.text(other) else ""


def _refuse_in_production(reader: _Reader, settings: Settings) -> None:
    if settings.allow_private_webhook_targets:
        reader.wrong(
            "ALLOW_PRIVATE_WEBHOOK_TARGETS",
            "is set in production, where webhooks may reach public addresses only",
            "Unset it, or set ENVIRONMENT=development.",
        )
    if not reader.text("PUBLIC_URL"):
        reader.wrong("PUBLIC_URL", "is missing in production", "Set it to the address that clients use.")
    elif not settings.public_url.startswith("https://"):
        reader.wrong("PUBLIC_URL", "is not https in production", "Write it as https://api.example.com.")
