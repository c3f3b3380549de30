"""How an operation goes: announced, told in every answer, and after its last day refused [RFC 9745, RFC 8594].

A handler says `deprecation=Deprecation(...)`; the rest follows: the contract marks it, answers carry `Deprecation`,
`Sunset` and a `Link` to what takes its place, and from the sunset on it answers 410.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from api.edge.process import Process
from core.errors import Gone

SHORTEST_NOTICE = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when an operation is deprecated, when it goes, and the page below our address that says what to do."""

    since: datetime
    sunset: datetime
    page: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < SHORTEST_NOTICE:
            raise ValueError(f"at least {SHORTEST_NOTICE.days} days lie between a deprecation and its sunset")

    def headers(self, base_url: str) -> dict[str, str]:
        """What every answer of the operation says of it."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset, usegmt=True),
            "Link": f'<{base_url}{self.page}>; rel="deprecation"; type="text/html"',
        }


def check(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Tell that an operation is deprecated, and refuse one whose time is over.

    Raises: `Gone`.
    """
    deprecation: Deprecation | None = handler.opt.get("deprecation")
    if deprecation is None:
        return
    process: Process = connection.app.state.siaga
    base_url = process.settings.public_url
    connection.scope["state"]["told"] = deprecation.headers(base_url)
    if process.clock() >= deprecation.sunset:
        raise Gone(
            f"This operation ended on {deprecation.sunset:%Y-%m-%d}. What takes its place: {base_url}{deprecation.page}"
        )
