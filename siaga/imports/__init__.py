"""Posts from files: CSV, NDJSON and recorded timelines, plain or gzip, loaded as history.

A row is refused for exactly the reasons the API has. What follows from the posts is done here, so that no worker need
run; incidents found in the past are silent.
"""

from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.text import Text

from core.settings import Settings
from jobs.context import Context
from jobs.worker import open_context
from siaga import drawing
from siaga.imports import following, summary
from siaga.imports.intake import Intake, Taken
from siaga.imports.refused import Refused
from siaga.imports.rows import form_of, rows
from siaga.imports.source import Source, opened
from siaga.refusals import Refusal
from storage import accounts, clients, keywords, unscoped
from storage.clients import ClientRow
from storage.engine import Database
from storage.paging import Asked, Position
from storage.session import tenant_session
from storage.table import utc_now

__all__ = ["run"]

KIB = 1024
PAGE = 200
MOST_NAMED = 10


async def run(
    settings: Settings,
    path: Path,
    *,
    agency: str,
    client: str,
    form: str,
    refused: Path | None,
    brand: str | None = None,
) -> bool:
    """Load a file and tell what came of it; False when the file is damaged, holds no post, or work was left over.

    `agency` and `client` are names or ids, `form` is auto, csv, ndjson or timeline. `brand` takes only the rows of a
    timeline that tell of it.

    Raises: Refusal.
    """
    console = drawing.console()
    with opened(path) as source, Refused(refused, of=path) as refusals:
        chosen = form_of(source, form)
        if brand is not None and chosen != "timeline":
            raise Refusal("Only a timeline tells brands apart. Leave --brand out.")
        async with open_context(settings) as context:
            agency_id = await _agency(context.db, agency)
            known = await _client(context.db, agency_id, client)
            await _warn_if_nothing_is_watched(context.db, agency_id, known, console)
            intake = Intake(context.db, agency_id, utc_now(), refusals, brand)
            taken = await _read(source, chosen, intake, console)
            _tell_rows(console, taken, refusals, source)
            is_finished = await _follow(context, agency_id, taken, console)
            if taken.earliest is not None and taken.latest is not None:
                found = await summary.summarize(context.db, agency_id, known, taken.earliest, taken.latest)
                summary.show(console, found)
    return is_finished and source.damage is None and taken.outcomes.total() > 0


async def _read(source: Source, form: str, intake: Intake, console: Console) -> Taken:
    title = f"Membaca · Reading {source.name} (KiB)"
    shown = 0
    with drawing.loading(console, title, max(1, source.size // KIB)) as advance:

        def progress() -> None:
            nonlocal shown
            read = source.position // KIB
            advance(read - shown)
            shown = read

        return await intake.take(rows(source, form), progress)


async def _follow(context: Context, agency_id: UUID, taken: Taken, console: Console) -> bool:
    total = sum(taken.batches.values())
    if total == 0:
        return True
    with drawing.loading(console, "Cocokkan, baca, nilai · Matching, reading, scoring", total) as advance:
        is_finished = await following.finish(context, agency_id, taken.batches, advance)
    if not is_finished:
        told = "Not everything could be matched and scored now; the worker goes on with it, and its log tells why."
        console.print(Text(told, style="bold red"), soft_wrap=True)
    return is_finished


def _tell_rows(console: Console, taken: Taken, refusals: Refused, source: Source) -> None:
    parts = [f"{taken.rows:,} rows", *(f"{count:,} {name}" for name, count in sorted(taken.outcomes.items()) if count)]
    if taken.of_other_brands:
        parts.append(f"{taken.of_other_brands:,} of other brands")
    console.print(Text(f"{', '.join(parts)}, {refusals.total:,} refused"), soft_wrap=True)
    refusals.show(console)
    if source.damage is not None:
        console.print(Text(source.damage, style="bold red"), soft_wrap=True)


async def _agency(db: Database, told: str) -> UUID:
    as_id = _uuid(told)
    found = as_id if as_id in await unscoped.agency_ids(db) else await unscoped.find_agency(db, told)
    if found is None:
        raise Refusal(f"There is no agency {told!r}. Make it with `siaga agency create`.")
    return found


async def _client(db: Database, agency_id: UUID, told: str) -> ClientRow:
    known = await _clients(db, agency_id)
    as_id = _uuid(told)
    found = [row for row in known if row.id == as_id] or [r for r in known if r.name.casefold() == told.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(row.id) for row in found)
        raise Refusal(f"{len(found)} clients are called {told!r}. Name one by its id: {ids}.")
    names = ", ".join(row.name for row in known[:MOST_NAMED]) or "none; register one with POST /v1/clients"
    raise Refusal(f"The agency has no client {told!r}. Its clients: {names}.")


async def _clients(db: Database, agency_id: UUID) -> list[ClientRow]:
    known: list[ClientRow] = []
    after: Position | None = None
    async with tenant_session(db, agency_id) as session:
        while True:
            page = await clients.page(session, Asked(after=after, limit=PAGE))
            known.extend(page.rows)
            if page.end is None:
                return known
            after = page.end


async def _warn_if_nothing_is_watched(db: Database, agency_id: UUID, client: ClientRow, console: Console) -> None:
    async with tenant_session(db, agency_id) as session:
        watched = {row.client_id for row in (*await keywords.active(session), *await accounts.watched(session))}
    if client.id not in watched:
        told = f"{client.name} has no active keyword and no watched account: no post will be found to concern it."
        console.print(Text(told, style="yellow"), soft_wrap=True)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
