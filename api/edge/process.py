"""What one API process holds: settings, pools, keys, and the clock."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from api.edge import providers
from api.edge.counters import Counters
from api.edge.leases import Leases
from api.edge.providers import Providers
from api.edge.slots import Slots
from api.edge.streams import Streams
from core.access import Principal
from core.networks import Network
from core.plans import Plan
from core.sentiment.backend import PostReader
from core.settings import Settings
from core.signing_keys import KeySet
from egress.client import Egress
from storage import metrics
from storage.engine import Database
from storage.months import Months
from storage.notices import Notices
from storage.table import utc_now
from storage.watches import Watches

log = logging.getLogger("siaga.api")

T = TypeVar("T")
Parameters: TypeAlias = dict[tuple[str, str], dict[str, re.Pattern[str] | None]]
"""By path template and method: the query parameters an operation declares, and how each has to look."""
# The framework would also take seconds since 1970 for an instant, and the word null for nothing.
FORMS: Mapping[Any, re.Pattern[str]] = {
    datetime: re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,12})?)?([Zz]|[+-]\d{2}:?\d{2})?", re.ASCII),
    UUID: re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
}
# Argon2 takes 19 MiB and 60 ms of a core each time.
HASHES_AT_ONCE = 2
# A thousand texts keep a core for half a second.
READINGS_AT_ONCE = 1


@dataclass(frozen=True, slots=True)
class KeptKey:
    """An API key that was just looked up: who calls with it, from where, and until when that is believed."""

    principal: Principal
    networks: tuple[Network, ...]
    until: datetime


@dataclass(slots=True)
class Process:
    """Everything a handler needs that outlives a request."""

    settings: Settings
    db: Database
    reader: PostReader
    clock: Callable[[], datetime] = utc_now
    keys: dict[bytes, KeptKey] = field(default_factory=dict[bytes, KeptKey])
    sign_ins: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    plans: dict[UUID, tuple[Plan, datetime]] = field(default_factory=dict[UUID, tuple[Plan, datetime]])
    months: Months = field(default_factory=Months)
    parameters: Parameters = field(default_factory=Parameters)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HASHES_AT_ONCE))
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READINGS_AT_ONCE))
    is_leaving: bool = False
    turns: dict[UUID, asyncio.Event] = field(default_factory=dict[UUID, asyncio.Event])
    counters: Counters = field(init=False)
    leases: Leases = field(default_factory=Leases)
    opened_egress: Egress | None = None
    asked_providers: Providers | None = None
    after: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    notices: Notices = field(init=False)
    streams: Streams = field(init=False)
    watches: Watches = field(init=False)

    def __post_init__(self) -> None:
        self.counters = Counters(self.settings.redis_url)
        self.notices = Notices(self.db)
        self.watches = Watches(self.db)
        self.streams = Streams(self.notices, Slots(self.counters))

    def leave(self) -> None:
        """Be ready no more: the process is asked to end, and finishes what it has begun."""
        self.is_leaving = True
        self.streams.leave()

    @property
    def egress(self) -> Egress:
        """The way out to identity providers, opened when first needed."""
        if self.opened_egress is None:
            self.opened_egress = Egress(
                allowed_networks=self.settings.allow_private_webhook_targets,
                production=self.settings.is_production,
                limits=providers.LIMITS,
                user_agent=providers.USER_AGENT,
            )
        return self.opened_egress

    @property
    def providers(self) -> Providers:
        """The identity providers, reached for when first needed."""
        if self.asked_providers is None:
            self.asked_providers = Providers(self.egress)
        return self.asked_providers

    def signing_keys(self, now: datetime) -> KeySet:
        """The keys that sign and check access tokens at this instant."""
        return KeySet.at(now, *self.settings.secret_keys)

    def forget_key(self, key_id: UUID) -> None:
        """Ask the database about this API key when it is next presented."""
        for digest in [digest for digest, kept in self.keys.items() if kept.principal.id == key_id]:
            del self.keys[digest]

    def afterwards(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside the answer, and before the process ends: for what the answer's time must not tell of."""
        task = asyncio.create_task(work)
        self.after.add(task)
        task.add_done_callback(self._is_done)

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self.after.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("what was left to do failed", exc_info=task.exception())

    async def measure(self) -> None:
        """Bring the figures up to date that are not counted as things happen."""
        await metrics.measure_pools(self.db)
        metrics.OPEN_STREAMS.set(self.streams.count)

    async def close(self) -> None:
        """Finish what is left to do, and let go of what was opened."""
        await asyncio.gather(*self.after, return_exceptions=True)
        await self.streams.slots.close()
        await self.counters.close()
        if self.opened_egress is not None:
            await self.opened_egress.close()
        await self.notices.close()


def query_parameters(app: Litestar) -> Parameters:
    """The query parameters that each operation declares."""
    return {
        (route.path_format, method): {
            each.field_alias: _form(handler.parsed_fn_signature.parameters.get(each.field_name))
            for each in model.expected_query_params
        }
        | (dict.fromkeys(handler.opt["listing"].names) if "listing" in handler.opt else {})
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, model) in route.route_handler_map.items()
    }


def _form(declared: FieldDefinition | None) -> re.Pattern[str] | None:
    kinds = {inner.annotation for inner in declared.inner_types} | {declared.annotation} if declared else set[Any]()
    return next((form for kind, form in FORMS.items() if kind in kinds), None)
