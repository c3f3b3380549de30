"""What one API process holds: settings, pools, keys, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from litestar import Litestar
from litestar.routes import HTTPRoute

from core.access import Principal
from core.settings import Settings
from core.tokens import SigningKey
from storage.engine import Database
from storage.posts import Months
from storage.table import utc_now

T = TypeVar("T")


@dataclass(slots=True)
class Process:
    """Everything a handler needs that outlives a request."""

    settings: Settings
    db: Database
    signing_key: SigningKey
    clock: Callable[[], datetime] = utc_now
    keys: dict[bytes, tuple[Principal, datetime]] = field(default_factory=dict[bytes, tuple[Principal, datetime]])
    months: Months = field(default_factory=Months)
    parameters: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict[tuple[str, str], frozenset[str]])


def query_parameters(app: Litestar) -> dict[tuple[str, str], frozenset[str]]:
    """The query parameters that each operation declares, by path template and method."""
    return {
        (route.path_format, method): frozenset(each.field_alias for each in model.expected_query_params)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (_, model) in route.route_handler_map.items()
    }
