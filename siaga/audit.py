"""The audit log from the command line: whether every chain is whole, and where each stands, signed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import click

from core import audit as rules
from core.settings import Settings
from siaga.refusals import Refusal
from storage import audit, unscoped
from storage.engine import Database, open_database
from storage.session import tenant_connection
from storage.table import utc_now


async def verify(settings: Settings, *, agency: str | None, heads: Path | None) -> bool:
    """Follow each agency's chain and name the first entry that is broken; whether all are whole.

    Raises: Refusal.
    """
    signed = _signed_heads(settings, heads) if heads else {}
    whole = True
    async with _agencies(settings, agency, known=set(signed)) as (db, agency_ids):
        for agency_id in agency_ids:
            async with tenant_connection(db, agency_id) as connection:
                broken = await audit.broken(connection, agency_id, signed.get(agency_id))
                head = await audit.head(connection, agency_id, now=utc_now())
            whole = whole and broken is None
            click.echo(f"{agency_id}: {broken or f'whole, {head.position} entries'}")
    return whole


async def head(settings: Settings, *, agency: str | None) -> None:
    """Print where each agency's chain stands, signed: keep it away from the database.

    Raises: Refusal.
    """
    async with _agencies(settings, agency) as (db, agency_ids):
        for agency_id in agency_ids:
            async with tenant_connection(db, agency_id) as connection:
                found = await audit.head(connection, agency_id, now=utc_now())
            click.echo(rules.signed_head(settings.secret_key, found))


@asynccontextmanager
async def _agencies(
    settings: Settings, agency: str | None, known: set[UUID] | None = None
) -> AsyncGenerator[tuple[Database, list[UUID]], None]:
    """The agency of this short name or id, or all; those `known` from signed heads too, should their rows be gone."""
    async with open_database(settings) as db:
        everyone = sorted({*await unscoped.agency_ids(db), *(known or ())})
        if agency is None:
            yield db, everyone
            return
        found = await unscoped.find_agency(db, agency) or next((i for i in everyone if str(i) == agency), None)
        if found is None:
            raise Refusal(f"There is no agency {agency}. Give its short name or its id.")
        yield db, [found]


def _signed_heads(settings: Settings, path: Path) -> dict[UUID, dict[int, bytes]]:
    """Positions and hashes by agency, from a file of lines that hold heads, such as a log."""
    found: dict[UUID, dict[int, bytes]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        for text in rules.heads_in(line):
            try:
                signed = rules.read_head(settings.secret_key, text)
            except rules.NotOurHead as refusal:
                raise Refusal(f"{path}, line {number}: {refusal}") from None
            found.setdefault(signed.agency_id, {})[signed.position] = signed.hash
    if not found:
        raise Refusal(f"{path} holds no audit head. Give it the lines of `siaga audit head`, or the worker's log.")
    return found
