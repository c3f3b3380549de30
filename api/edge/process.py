"""What one API process holds: settings, pools, keys, and the clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition
from redis.asyncio import Redis

from core.access import Principal
from core.settings import Settings
from core.tokens import SigningKey
from storage.engine import Database
from storage.posts import Months
from storage.table import utc_now

T = TypeVar("T")
Parameters: TypeAlias = dict[tuple[str, str], dict[str, bool]]
"""By path template and method: the query parameters an operation declares, and whether each is text."""
# Argon2 takes 19 MiB and 60 ms of a core each time.
HASHES_AT_ONCE = 2
REDIS_TIMEOUT_S = 2


@dataclass(slots=True)
class Process:
    """Everything a handler needs that outlives a request."""

    settings: Settings
    db: Database
    signing_key: SigningKey
    clock: Callable[[], datetime] = utc_now
    keys: dict[bytes, tuple[Principal, datetime]] = field(default_factory=dict[bytes, tuple[Principal, datetime]])
    sign_ins: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    months: Months = field(default_factory=Months)
    parameters: Parameters = field(default_factory=dict[tuple[str, str], dict[str, bool]])
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))
    opened_redis: Redis | None = None

    @property
    def redis(self) -> Redis:
        """Redis, reached for when first needed."""
        if self.opened_redis is None:
            self.opened_redis = Redis.from_url(
                self.settings.redis_url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
            )
        return self.opened_redis

    def forget_key(self, key_id: UUID) -> None:
        """Ask the database about this API key when it is next presented."""
        for digest in [digest for digest, (principal, _) in self.keys.items() if principal.id == key_id]:
            del self.keys[digest]

    async def close(self) -> None:
        """Let go of what was opened."""
        if self.opened_redis is not None:
            await self.opened_redis.aclose()


def query_parameters(app: Litestar) -> Parameters:
    """The query parameters that each operation declares."""
    return {
        (route.path_format, method): {
            each.field_alias: _is_text(handler.parsed_fn_signature.parameters.get(each.field_name))
            for each in model.expected_query_params
        }
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, model) in route.route_handler_map.items()
    }


def _is_text(declared: FieldDefinition | None) -> bool:
    return declared is not None and str in (declared.annotation, *(inner.annotation for inner in declared.inner_types))
