"""What a file has told about a client: mentions, sentiment, the score's curve, incidents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.clients import POLICIES
from core.crisis.policy import Level
from siaga import drawing
from siaga.drawing.palette import ACCENT, plain
from storage import incidents, scores
from storage.clients import ClientRow
from storage.engine import Database
from storage.incidents import IncidentRow
from storage.paging import Asked, Key
from storage.session import tenant_connection, tenant_session

MOST_INCIDENTS = 100
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FINE_UP_TO = timedelta(days=200)
SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Summary:
    """A client over the span that a file covers. Counts leave the client's own posts out; `own` holds those."""

    client: ClientRow
    mentions: int
    own: int
    sentiments: dict[str, int]
    curve: list[dict[str, Any]]
    incidents: Sequence[IncidentRow]


async def summarize(db: Database, agency_id: UUID, client: ClientRow, since: datetime, until: datetime) -> Summary:
    """What is known about the client within the span."""
    start, stop = since - HOUR, until + HOUR
    step = HOUR if stop - start <= FINE_UP_TO else DAY
    async with tenant_connection(db, agency_id) as connection:
        volumes = await scores.volumes(connection, agency_id, client.id, start, stop, DAY)
        curve = await scores.curve(connection, agency_id, client.id, start, stop, step)
    order = (Key("opened_at", is_descending=True),)
    async with tenant_session(db, agency_id) as session:
        page = await incidents.page(session, Asked(order, MOST_INCIDENTS, values={"client_id": (client.id,)}))
    # In the order of the statement: at, mentions, voices, negative, neutral, positive, own, ...
    columns = [sum(row[number] for row in volumes) for number in range(1, 7)]
    return Summary(
        client,
        mentions=columns[0],
        own=columns[5],
        sentiments=dict(zip(SENTIMENTS, columns[2:5], strict=True)),
        curve=[{"at": row["at"], "score": row["score"]} for row in curve],
        incidents=[row for row in reversed(page.rows) if start <= row.opened_at < stop],
    )


def show(console: Console, summary: Summary) -> None:
    """Print it."""
    of = max(1, sum(summary.sentiments.values()))
    shares = ", ".join(f"{count / of:.0%} {name}" for name, count in summary.sentiments.items())
    own = f"; {summary.own:,} posts of its own" if summary.own else ""
    console.print(Text(f"{plain(summary.client.name)}: {summary.mentions:,} mentions, {shares}{own}"), soft_wrap=True)
    if not summary.curve:
        return
    console.print()
    policy = POLICIES[summary.client.risk_tier]
    bands = {level.value: policy.threshold(level) for level in Level}
    console.print(drawing.curve(summary.curve, zone=summary.client.time_zone, bands=bands))
    console.print()
    if summary.incidents:
        console.print(_table(summary))
    else:
        console.print("Tidak ada insiden · No incident")


def _table(summary: Summary) -> Table:
    zone = ZoneInfo(summary.client.time_zone)
    table = Table(title="Insiden · Incidents", title_justify="left", box=box.SIMPLE_HEAD, header_style=ACCENT)
    for name in ("Dibuka · Opened", "Ditutup · Closed", "Puncak · Peak", "Mengapa · Why"):
        table.add_column(name)
    for row in summary.incidents:
        reasons = row.reasons.get("en", [])
        table.add_row(
            f"{row.opened_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "–" if row.closed_at is None else f"{row.closed_at.astimezone(zone):%Y-%m-%d %H:%M %Z}",
            drawing.level_text(row.peak_level).append(f" {row.peak_score:.1f}"),
            plain(reasons[1] if len(reasons) > 1 else ""),
        )
    return table
