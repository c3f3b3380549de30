"""What every agency watches, held by the worker: one automaton over the queries of all, and their accounts.

An agency whose watch list has changed gets an index of its own at once; the shared one is rebuilt off the event
loop when several have, and swapped.
"""

import asyncio
from dataclasses import replace
from uuid import UUID

from core.query_language.index import MatchIndex
from core.watch import Watch
from storage import unscoped, watches
from storage.engine import Database
from storage.session import tenant_session

MERGE_AFTER = 20
"""Agencies with an index of their own before the shared one is built anew."""


class Watchlist:
    """The watch lists of all agencies, each read again when its revision has risen."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watches: dict[UUID, Watch] = {}
        self._parsed = watches.Parsed()
        self._apart: set[UUID] = set()
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def load(self) -> None:
        """Read every agency's watch list into one shared index: what a worker does beside its first jobs."""
        for agency_id in await unscoped.agency_ids(self._db):
            async with self._locks.setdefault(agency_id, asyncio.Lock()):
                if agency_id not in self._watches:
                    await self._read(agency_id)
        await self._merge()

    async def of(self, agency_id: UUID, revision: int) -> Watch:
        """The agency's watch list, at this revision or later."""
        known = self._watches.get(agency_id)
        if known is not None and known.revision >= revision:
            return known
        async with self._locks.setdefault(agency_id, asyncio.Lock()):
            known = self._watches.get(agency_id)
            if known is None or known.revision < revision:
                await self._read(agency_id)
                self._apart.add(agency_id)
        if len(self._apart) >= MERGE_AFTER:
            await self._merge()
        return self._watches[agency_id]

    async def _read(self, agency_id: UUID) -> None:
        async with tenant_session(self._db, agency_id) as session:
            self._watches[agency_id] = await watches.load(session, agency_id, self._parsed)

    async def _merge(self) -> None:
        """One index over all agencies, built in a thread and then taken into use by each whose list is unchanged."""
        before = dict(self._watches)
        self._apart.clear()
        entries = [entry for watch in before.values() for entry in watch.entries]
        index = await asyncio.to_thread(MatchIndex.build, entries)
        for agency_id, watch in before.items():
            if self._watches[agency_id] is watch:
                self._watches[agency_id] = replace(watch, index=index)
