"""What an agency watches, read from its rows into the form that matching and reading take."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.attribution import AccountIndex, Caught
from core.brands import Competitors
from core.query_language.index import Entry, MatchIndex
from core.query_language.parser import parse
from core.query_language.problems import QuerySyntaxError
from core.query_language.syntax import Query
from core.watch import Watch
from storage import accounts, agencies, clients, competitors, keywords, lexicons
from storage.engine import Database
from storage.session import tenant_session

MOST_KEPT = 16
"""Agencies whose watch lists a process keeps at hand, besides a worker's, which keeps all."""


@dataclass(slots=True)
class Parsed:
    """Queries that were parsed once, by keyword version."""

    known: dict[UUID, Query] = field(default_factory=dict[UUID, Query])

    def query(self, version_id: UUID, source: str) -> Query | None:
        """The parsed query; None for one that an older grammar let pass and this one refuses."""
        if version_id not in self.known:
            try:
                self.known[version_id] = parse(source)
            except QuerySyntaxError:
                return None
        return self.known[version_id]


async def load(session: AsyncSession, agency_id: UUID, parsed: Parsed) -> Watch:
    """What the agency watches now."""
    revision = (await agencies.get(session)).matching_revision
    active = await keywords.active(session)
    watched = await accounts.watched(session)
    in_force = await lexicons.in_force(session)
    rivals = Competitors(await competitors.named(session))
    names = await clients.names(session)
    entries: list[Entry] = []
    for keyword in active:
        query = parsed.query(keyword.version_id, keyword.query)
        if query is not None:
            entries.append(Entry(Caught(keyword.client_id, keyword.keyword_id, keyword.version_id), agency_id, query))
    index = await asyncio.to_thread(MatchIndex.build, entries)
    return Watch(agency_id, revision, AccountIndex(watched), tuple(entries), index, in_force, rivals, names)


class Watches:
    """The watch lists that were asked for last, each read again when its revision has risen."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[UUID, Watch] = {}

    async def of(self, agency_id: UUID) -> Watch:
        """What the agency watches now, whoever asks: a portal's mentions, too, were read beside all of it."""
        async with tenant_session(self._db, agency_id) as session:
            return await self.on(session)

    async def on(self, session: AsyncSession) -> Watch:
        """The same in a transaction that is open; one that is bound to a client sees too little, and has its own."""
        agency_id: UUID = session.info["agency_id"]
        if session.info.get("client_id") or session.info.get("incident_id"):
            return await self.of(agency_id)
        known = self._known.pop(agency_id, None)
        if known is None or known.revision < (await agencies.get(session)).matching_revision:
            known = await load(session, agency_id, Parsed())
        while len(self._known) >= MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[agency_id] = known
        return known
