"""What a transaction changes, noted as it goes, so that the audit log can tell of it in the same transaction.

A session that was opened for an act listens to itself: rows that are added, changed and removed through it are noted
with their columns before and after, whichever function does it. Statements that go past the session, on the driver,
are noted by whoever sends them (`note`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session, attributes
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE
from sqlalchemy.sql.dml import Delete, Insert, Update

from core.audit import UNTOLD, Act, Change

CONSEQUENCES = frozenset(
    {"outbox", "events", "client_states", "incident_entries", "refresh_tokens", "webhook_attempts", "post_batches"}
    | {"sentiment_sample_items"}
)
"""Tables that follow from others: an act that changes something else besides is told by that alone."""

Columns = dict[str, Any]


class Trail:
    """What one act has changed so far."""

    def __init__(self, act: Act) -> None:
        self.act = act
        """Whose act it is; replaced where somebody proves in the transaction who they are."""
        self._changes: list[Change] = []
        self._consequences: list[Change] = []

    @property
    def changes(self) -> list[Change]:
        """What is to be told: the things that changed, or where none did, the first thing that follows."""
        return self._changes or self._consequences[:1]

    def forget(self) -> None:
        """Tell nothing of what was changed so far: it is undone."""
        self._changes.clear()
        self._consequences.clear()

    def note(self, change: Change) -> None:
        """Add a change to what is told, unless nothing about it is."""
        if change.target_kind in CONSEQUENCES:
            self._consequences.append(Change(change.target_kind, change.target_id))
        elif change.before is None or change.after is None or set(change.after) - UNTOLD:
            self._changes.append(change)


def note(session: AsyncSession, change: Change) -> None:
    """Tell of a change that the session cannot see; nothing happens where nobody is told."""
    trail: Trail | None = session.info.get("trail")
    if trail is not None:
        trail.note(change)


def acting(session: AsyncSession, kind: str, identifier: UUID, credential_id: UUID) -> None:
    """Say who is acting, found out in the transaction itself."""
    trail: Trail | None = session.info.get("trail")
    if trail is not None:
        trail.act = replace(trail.act, actor_kind=kind, actor_id=identifier, credential_id=credential_id)


def listen(session_class: type[Session]) -> None:
    """Have every session of this class note its changes, where it was opened for an act."""
    event.listen(session_class, "after_flush", _flushed)
    event.listen(session_class, "do_orm_execute", _executing)


def _flushed(session: Session, _context: object) -> None:
    trail: Trail | None = session.info.get("trail")
    if trail is None:
        return
    for row in session.new:
        kind, identifier, columns = _row(row)
        trail.note(Change(kind, identifier, after=columns))
    for row in session.dirty:
        kind, identifier, _ = _row(row)
        before, after = _differences(row)
        if after:
            trail.note(Change(kind, identifier, before, after))
    for row in session.deleted:
        kind, identifier, columns = _row(row)
        trail.note(Change(kind, identifier, before=columns))


def _row(row: object) -> tuple[str, UUID | None, Columns]:
    state = cast("InstanceState[Any]", inspect(row))
    columns = {each.key: state.dict.get(each.key) for each in state.mapper.column_attrs}
    return _table(state.mapper).name, _identifier(columns), columns


def _differences(row: object) -> tuple[Columns, Columns]:
    state = cast("InstanceState[Any]", inspect(row))
    before: Columns = {}
    after: Columns = {}
    for each in state.mapper.column_attrs:
        history = attributes.get_history(row, each.key, passive=PASSIVE_NO_INITIALIZE)
        if history.has_changes():
            before[each.key] = history.deleted[0] if history.deleted else None
            after[each.key] = history.added[0] if history.added else None
    return before, after


def _identifier(columns: Mapping[str, Any]) -> UUID | None:
    return columns.get("id") or columns.get("client_id") or columns.get("agency_id")


def _table(mapper: Mapper[Any]) -> Table:
    return cast("Table", mapper.local_table)


def _executing(state: ORMExecuteState) -> Any:
    """Note what a statement changes: its rows are read and held before it runs, and read again after."""
    trail: Trail | None = state.session.info.get("trail")
    statement = state.statement
    if trail is None or state.bind_mapper is None or not isinstance(statement, Insert | Update | Delete):
        return None
    table = _table(state.bind_mapper)
    if isinstance(statement, Insert) or table.name in CONSEQUENCES:
        result = state.invoke_statement()
        trail.note(Change(table.name, None, after={}))
        return result
    before = _read(state.session, table, statement)
    result = state.invoke_statement()
    after = _read_again(state.session, table, before) if isinstance(statement, Update) and before else {}
    for key, columns in before.items():
        _note_difference(trail, table.name, columns, after.get(key))
    return result


def _read(session: Session, table: Table, statement: Update | Delete) -> dict[tuple[Any, ...], Columns]:
    wanted = select(table).with_for_update(key_share=isinstance(statement, Update))
    if statement.whereclause is not None:
        wanted = wanted.where(statement.whereclause)
    return _by_key(session, table, wanted)


def _read_again(
    session: Session, table: Table, before: Mapping[tuple[Any, ...], Columns]
) -> dict[tuple[Any, ...], Columns]:
    first, *more = table.primary_key.columns
    key = more[-1] if more else first
    wanted = select(table).where(key.in_([columns[key.name] for columns in before.values()]))
    return _by_key(session, table, wanted)


def _by_key(session: Session, table: Table, wanted: Any) -> dict[tuple[Any, ...], Columns]:
    rows = [dict(row) for row in session.execute(wanted).mappings()]
    return {tuple(row[column.name] for column in table.primary_key.columns): row for row in rows}


def _note_difference(trail: Trail, kind: str, before: Columns, after: Columns | None) -> None:
    identifier = _identifier(before)
    if after is None:
        trail.note(Change(kind, identifier, before=before))
        return
    changed = [name for name, value in before.items() if after[name] != value]
    if changed:
        was, became = ({name: columns[name] for name in changed} for columns in (before, after))
        trail.note(Change(kind, identifier, was, became))
