"""What every agency watches, held by the worker: one automaton over the queries of all, and their accounts.

An agency whose watch list has changed gets an index of its own at once; the shared one is rebuilt off the event
loop when several have, and swapped.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from core.attribution import AccountIndex, Caught
from core.brands import Competitors, Places, places_of
from core.lexicons import Lexicon
from core.posts import Post, whole_text
from core.query_language.index import Entry, MatchIndex
from core.query_language.parser import parse
from core.query_language.problems import QuerySyntaxError
from core.query_language.syntax import Query
from storage import accounts, agencies, clients, competitors, keywords, lexicons, unscoped
from storage.engine import Database
from storage.session import tenant_session

MERGE_AFTER = 20
"""Agencies with an index of their own before the shared one is built anew."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one agency watches, as of one revision."""

    agency_id: UUID
    revision: int
    accounts: AccountIndex
    entries: tuple[Entry, ...]
    index: MatchIndex
    lexicons: Mapping[UUID, Lexicon]
    competitors: Competitors
    names: Mapping[UUID, str]

    def caught(self, post: Post) -> list[Caught]:
        """The agency's keywords that match the post."""
        return self.index.keys(post, self.agency_id)  # type: ignore[return-value]

    def brands(self, post: Post, concerned: Collection[UUID]) -> Places:
        """Where a post names the clients it concerns and their competitors; nothing where it speaks of one brand alone.

        A client's terms are looked for only where a second brand, or a word of contrast, stands beside them.
        """
        rivals, sets_apart = self.competitors.named(whole_text(post.title, post.text))
        if not rivals and not sets_apart and len(concerned) < 2:
            return {}
        found: Places = {}
        for key, spans in self.index.match(post, self.agency_id):
            client_id = cast("Caught", key).client_id
            if client_id in concerned:
                found.setdefault(client_id, []).extend(places_of(post, spans))
        return {**found, **rivals}


class Watchlist:
    """The watch lists of all agencies, each read again when its revision has risen."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watches: dict[UUID, Watch] = {}
        self._parsed: dict[UUID, Query] = {}
        self._apart: set[UUID] = set()
        self._locks: dict[UUID, asyncio.Lock] = {}

    async def load(self) -> None:
        """Read every agency's watch list into one shared index: what a worker does first."""
        for agency_id in await unscoped.agency_ids(self._db):
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
            revision = (await agencies.get(session)).matching_revision
            active = await keywords.active(session)
            watched = await accounts.watched(session)
            in_force = await lexicons.in_force(session)
            rivals = Competitors(await competitors.named(session))
            names = await clients.names(session)
        entries: list[Entry] = []
        for keyword in active:
            query = self._query(keyword.version_id, keyword.query)
            if query is not None:
                entries.append(
                    Entry(Caught(keyword.client_id, keyword.keyword_id, keyword.version_id), agency_id, query)
                )
        index = await asyncio.to_thread(MatchIndex.build, entries)
        self._watches[agency_id] = Watch(
            agency_id, revision, AccountIndex(watched), tuple(entries), index, in_force, rivals, names
        )

    def _query(self, version_id: UUID, source: str) -> Query | None:
        """The parsed query; None for one that an older grammar let pass and this one refuses."""
        if version_id not in self._parsed:
            try:
                self._parsed[version_id] = parse(source)
            except QuerySyntaxError:
                return None
        return self._parsed[version_id]

    async def _merge(self) -> None:
        """One index over all agencies, built in a thread and then taken into use by each whose list is unchanged."""
        before = dict(self._watches)
        self._apart.clear()
        entries = [entry for watch in before.values() for entry in watch.entries]
        index = await asyncio.to_thread(MatchIndex.build, entries)
        for agency_id, watch in before.items():
            if self._watches[agency_id] is watch:
                self._watches[agency_id] = replace(watch, index=index)
