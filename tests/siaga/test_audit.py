"""The audit log from the command line: a log that somebody tampered with is told from one that nobody did."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from core import audit as rules
from core.settings import Settings
from jobs.audit import export_heads
from siaga import audit
from siaga.cli import main
from siaga.embedded import Servers
from siaga.refusals import Refusal
from storage.engine import Database
from storage.session import tenant_connection
from tests.conftest import Agency, Caller
from tests.pipeline import working


@pytest.fixture
async def master(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    """Whoever holds the database itself, and so may do anything to it."""
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def told(caller: Caller) -> Agency:
    """An agency whose log has five entries and more."""
    for number in range(5):
        await caller.post("/v1/clients", json={"kind": "company", "name": f"Klien {number}"})
    return caller.agency


async def verdict(settings: Settings, agency: Agency, capsys, heads: Path | None = None) -> tuple[bool, str]:
    whole = await audit.verify(settings, agency=agency.slug, heads=heads)
    return whole, capsys.readouterr().out.strip().removeprefix(f"{agency.id}: ")


async def test_a_log_that_nobody_touched_is_whole(settings: Settings, told: Agency, capsys):
    assert await verdict(settings, told, capsys) == (True, "whole, 6 entries")
    assert await audit.verify(settings, agency=str(told.id), heads=None)


# One statement of whoever may do anything, and what is then found.
TAMPERINGS = {
    "changed": ("update audit_entries set actor_id = null where agency_id = $1 and position = 3", "entry 3 is not as it was written"),
    "deleted": ("delete from audit_entries where agency_id = $1 and position = 3", "entry 3 is missing; after 2 comes 4"),
    "reordered": (
        "update audit_entries set position = case position when 3 then -4 when 4 then -3 end where agency_id = $1 and position in (3, 4)",
        None,
    ),
    "beheaded": ("delete from audit_heads where agency_id = $1", "entry 6 is the last, and the head tells of 0"),
    "cut": ("delete from audit_entries where agency_id = $1 and position > 4", "entry 5 is missing; the chain ends at 4 and had 6"),
    "inserted": (
        ("insert into audit_entries select (jsonb_populate_record(e, '{\"position\": 7, \"id\": \"00000000-0000-7000-8000-000000000000\"}')).*"
        " from audit_entries e where agency_id = $1 and position = 6"),
        "entry 7 does not follow the one before it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", TAMPERINGS)
async def test_the_first_entry_that_is_broken_is_named(
    settings: Settings, told: Agency, master: asyncpg.Connection, capsys, way: str
):
    statement, found = TAMPERINGS[way]
    await master.execute(statement, told.id)
    if way == "reordered":
        await master.execute(
            "update audit_entries set position = -position where agency_id = $1 and position < 0", told.id
        )
        found = "entry 3 does not follow the one before it"
    assert await verdict(settings, told, capsys) == (False, found)


async def test_an_end_cut_off_with_its_head_shows_by_the_head_that_was_kept(
    settings: Settings, told: Agency, master: asyncpg.Connection, capsys, tmp_path: Path
):
    await audit.head(settings, agency=told.slug)
    kept = tmp_path / "heads.txt"
    kept.write_text(capsys.readouterr().out)
    assert await verdict(settings, told, capsys, kept) == (True, "whole, 6 entries")
    await master.execute("delete from audit_entries where agency_id = $1 and position > 4", told.id)
    await master.execute(
        "update audit_heads h set position = 4, hash = e.hash from audit_entries e"
        " where h.agency_id = $1 and e.agency_id = $1 and e.position = 4", told.id,
    )  # fmt: skip
    assert await verdict(settings, told, capsys) == (True, "whole, 4 entries")
    assert await verdict(settings, told, capsys, kept) == (False, "entry 5 is missing; the chain ends at 4 and had 6")
    await master.execute("delete from audit_entries where agency_id = $1", told.id)
    await master.execute("delete from audit_heads where agency_id = $1", told.id)
    assert await verdict(settings, told, capsys, kept) == (False, "entry 1 is missing; the chain ends at 0 and had 6")


async def test_every_day_the_log_of_the_worker_tells_every_head(settings: Settings, told: Agency, db: Database, caplog):
    async with working(settings) as context:
        with caplog.at_level("INFO", logger="siaga.audit"):
            await export_heads({"context": context})
    heads = [
        rules.read_head(settings.secret_key, record.getMessage())
        for record in caplog.records
        if record.name == "siaga.audit"
    ]
    (own,) = [head for head in heads if head.agency_id == told.id]
    async with tenant_connection(db, told.id) as connection:
        last = await connection.fetchrow("select position, hash from audit_heads where agency_id = $1", told.id)
    assert (own.position, own.hash) == tuple(last)


async def test_heads_that_are_not_ours_are_refused(settings: Settings, told: Agency, tmp_path: Path):
    kept = tmp_path / "heads.txt"
    kept.write_text("nothing\n")
    with pytest.raises(Refusal, match="holds no audit head"):
        await audit.verify(settings, agency=None, heads=kept)
    kept.write_text(rules.signed_head(b"another" * 5, rules.Head(told.id, 9, bytes(32), rules.datetime.now(rules.UTC))))
    with pytest.raises(Refusal, match="line 1: This line is no audit head of this installation"):
        await audit.verify(settings, agency=None, heads=kept)
    with pytest.raises(Refusal, match="There is no agency"):
        await audit.head(settings, agency="tidak-ada")


def test_a_broken_log_ends_the_command_with_status_1(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    async def broken(*_: object, **__: object) -> bool:
        return False

    monkeypatch.setattr(audit, "verify", broken)
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("SECRET_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
    assert CliRunner().invoke(main, ["audit", "verify"]).exit_code == 1
