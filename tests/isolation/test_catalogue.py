"""The database keeps agencies apart by itself: read from its catalogue, and tried."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.settings import Settings
from siaga.embedded import Servers
from storage import session as doors
from storage.engine import Database, open_database
from storage.session import AgencyMissing, tenant_connection, tenant_session
from tests.conftest import Agency
from tests.isolation.catalogue import APP_MAY, APP_MAY_LESS, holes, tenant_tables
from tests.isolation.conftest import Full


@pytest.fixture
async def owner(servers: Servers, db: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees all, in a transaction that is undone."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        async with undone(connection):
            yield connection
    finally:
        await connection.close()


class undone:  # noqa: N801 - reads as what it is: `async with undone(connection)`
    """A transaction that never happened."""

    def __init__(self, connection: asyncpg.Connection):
        self.transaction = connection.transaction()

    async def __aenter__(self):
        await self.transaction.start()

    async def __aexit__(self, *_):
        await self.transaction.rollback()


async def test_every_table_is_closed_to_other_agencies(owner: asyncpg.Connection, full: Full):
    await owner.execute("set local role siaga_app")
    await owner.execute("select ensure_month('2019-05-01')")
    await owner.execute("reset role")
    tables = await tenant_tables(owner, partitions=True)
    assert {"posts_2019_05", "mentions_2019_05", "client_buckets_2019_05", "client_scores_2019_05"} <= set(tables)
    assert await holes(owner) == []


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("create table t (agency_id uuid, id uuid, primary key (agency_id, id))", "t has no forced row security"),
        ("create table t (agency_id uuid, id uuid, primary key (agency_id, id))", "t has no policy"),
        ("create table t (id uuid primary key)", "t has no agency_id"),
        ("alter table clients no force row level security", "clients has no forced row security"),
        ("alter table posts_2019_05 disable row level security", "posts_2019_05 has no forced row security"),
        ("drop policy of_agency on posts_2019_05", "posts_2019_05 has no policy"),
        ("create policy p on clients to siaga_app using (true)", "clients has a policy that lets others in"),
        ("alter policy of_agency on clients using (agency_id is not null or true)", "clients has a policy that lets others in"),
        ("create policy p on clients to siaga_relay using (true)", "clients has a policy that lets others in"),
        ("create unique index i on clients (id)", "i does not begin with agency_id"),
        ("create unique index i on clients (lower(name), agency_id, id)", "i does not begin with agency_id"),
        ("alter table keywords add constraint k foreign key (client_id, agency_id) references clients (id, agency_id)", "k does not begin with agency_id"),
        ("create table t (agency_id uuid)", "t has no primary key"),
        ("alter role siaga_app bypassrls", "siaga_app is more than a plain role"),
        ("grant siaga_owner to siaga_app", "siaga_app is more than a plain role"),
        ("alter table clients owner to siaga_app", "siaga_app owns something"),
        ("grant create on schema public to siaga_app", "siaga_app may create"),
        ("grant truncate on clients to siaga_app", "siaga_app may DELETE, INSERT, SELECT, TRUNCATE, UPDATE on clients"),
        ("grant update on audit_entries to siaga_app", "siaga_app may INSERT, SELECT, UPDATE on audit_entries"),
        ("grant delete on audit_entries to siaga_app", "siaga_app may DELETE, INSERT, SELECT on audit_entries"),
        ("grant truncate on audit_entries to siaga_app", "siaga_app may INSERT, SELECT, TRUNCATE on audit_entries"),
        ("grant delete on audit_heads to siaga_app", "siaga_app may DELETE, INSERT, SELECT, UPDATE on audit_heads"),
        ("grant select on posts_2019_05 to siaga_app", "posts_2019_05 can be read by its own name"),
        ("grant select on clients to public", "clients is granted to everybody"),
        ("grant select on clients to siaga_relay", "siaga_relay sees other things"),
        ("revoke update on outbox from siaga_relay", "siaga_relay sees other things"),
        ("grant select (name) on partitioned_tables to siaga_app", "partitioned_tables is granted by column"),
        ("create view v as select * from clients", "v is a view that does not ask as its caller"),
        ("create materialized view v as select * from clients", "v is a materialised view"),
        ("create sequence s", "s is a sequence"),
        ("alter function ensure_month(date) reset search_path", "ensure_month has no fixed search_path"),
        ("grant execute on function ensure_month(date) to public", "ensure_month may be executed by everybody"),
        ("alter default privileges grant select on tables to siaga_app", "grants are given to what is yet to be made"),
    ],
)  # fmt: skip
async def test_a_planted_hole_is_found(owner: asyncpg.Connection, planted: str, told: str):
    await owner.execute("select ensure_month('2019-05-01')")
    if "references clients (id" in planted:
        await owner.execute("create unique index j on clients (id, agency_id)")
    await owner.execute(planted)
    assert any(hole.startswith(told) for hole in await holes(owner))


async def test_a_view_that_asks_as_its_caller_is_no_hole(owner: asyncpg.Connection):
    await owner.execute("create view v with (security_invoker = true) as select * from clients")
    assert await holes(owner) == []


async def test_no_row_of_one_agency_is_seen_changed_or_removed_by_another(
    owner: asyncpg.Connection, db: Database, full: Full, other_agency: Agency
):
    for table in await tenant_tables(owner):
        async with tenant_connection(db, full.agency.id) as connection:
            assert await connection.fetchval(f"select count(*) from {table}"), f"nothing in {table}"
        async with tenant_connection(db, other_agency.id) as connection:
            theirs = f"from {table} where agency_id = '{full.agency.id}'"
            assert await connection.fetchval(f"select count(*) {theirs}") == 0, table
            everywhere = f"update {table} set agency_id = agency_id where agency_id = '{full.agency.id}'"
            for right, statement in (("DELETE", f"delete {theirs}"), ("UPDATE", everywhere)):
                if right in APP_MAY_LESS.get(table, APP_MAY):
                    assert await connection.execute(statement) == f"{right} 0", table


@pytest.mark.parametrize(
    "statement", ["update audit_entries set action = 'x'", "delete from audit_entries", "truncate audit_entries"]
)
async def test_nobody_who_runs_the_house_can_change_or_forget_an_audit_entry(db: Database, full: Full, statement: str):
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        async with tenant_connection(db, full.agency.id) as connection:
            await connection.execute(statement)


async def test_no_row_is_written_for_another_agency(
    owner: asyncpg.Connection, db: Database, full: Full, other_agency: Agency
):
    theirs = f"jsonb_build_object('agency_id', '{other_agency.id}')"
    for table in await tenant_tables(owner):
        copied = f"insert into {table} select (jsonb_populate_record(t, {theirs})).* from {table} t limit 1"
        moved = f"update {table} set agency_id = '{other_agency.id}'"
        for right, statement in (("INSERT", copied), ("UPDATE", moved)):
            refusal = "row-level security" if right in APP_MAY_LESS.get(table, APP_MAY) else "permission denied"
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=refusal):
                async with tenant_connection(db, full.agency.id) as connection:
                    await connection.execute(statement)


async def test_a_partition_is_not_read_by_its_own_name(owner: asyncpg.Connection, db: Database, full: Full):
    partitions = set(await tenant_tables(owner, partitions=True)) - set(await tenant_tables(owner))
    assert len(partitions) >= 4
    for partition in partitions:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tenant_connection(db, full.agency.id) as connection:
                await connection.execute(f"select from {partition}")


async def test_a_transaction_without_an_agency_ends_before_any_sql(db: Database):
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(db.orm.sync_engine, "before_cursor_execute", note)
    try:
        for info in ({}, {"agency_id": None}, {"agency_id": str(UUID(int=1))}):
            with pytest.raises(AgencyMissing):
                async with AsyncSession(db.orm, sync_session_class=doors._TenantSession, info=info) as session:
                    await session.execute(text("select 1"))
        with pytest.raises(AgencyMissing):
            async with tenant_connection(db, "x' or true --"):
                pass
    finally:
        event.remove(db.orm.sync_engine, "before_cursor_execute", note)
    assert sent == []


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[Database]:
    """Pools of one connection each: whoever asks again gets the same, which a wider pool hands out in turn."""
    async with open_database(replace(settings, database_pool_size=1)) as database:
        yield database


async def test_a_connection_that_goes_back_to_its_pool_carries_nothing_over(narrow: Database, full: Full):
    asked = "select coalesce(current_setting('app.agency_id', true), '') || (select count(*) from clients)"
    async with tenant_session(narrow, full.agency.id, UUID(full.beside["client_id"])) as session:
        held = (await session.execute(text("select pg_backend_pid()"))).scalar_one()
    async with tenant_connection(narrow, full.agency.id) as connection:
        driven = await connection.fetchval("select pg_backend_pid()")
    async with narrow.orm.connect() as raw:
        assert (await raw.execute(text("select pg_backend_pid()"))).scalar_one() == held
        assert (await raw.execute(text(asked))).scalar_one() == "0"
    async with narrow.driver.acquire() as raw:
        assert await raw.fetchval("select pg_backend_pid()") == driven
        assert await raw.fetchval(asked) == "0"


async def test_after_a_commit_the_agency_has_to_be_named_anew(db: Database, full: Full):
    async with AsyncSession(
        db.orm, sync_session_class=doors._TenantSession, info={"agency_id": full.agency.id}
    ) as session:
        for _ in range(2):
            assert (await session.execute(text("select count(*) from clients"))).scalar_one() == 2
            await session.commit()


async def test_a_portal_sees_its_own_client_in_every_table_and_nothing_else(
    owner: asyncpg.Connection, db: Database, full: Full
):
    client_id = UUID(full.beside["client_id"])
    rules = {
        "agencies": "true",
        "clients": f"id = '{client_id}'",
        "api_keys": "false",
        "posts": "id in (select post_id from mentions where client_id = '{client_id}')",
        "keyword_versions": "keyword_id in (select id from keywords where client_id = '{client_id}')",
    }
    for table in await tenant_tables(owner):
        of_client = "select from information_schema.columns where table_name = $1 and column_name = 'client_id'"
        has_client = bool(await owner.fetch(of_client, table))
        own = rules.get(table, f"client_id = '{client_id}'" if has_client else "false").format(client_id=client_id)
        async with tenant_connection(db, full.agency.id) as connection:
            everything = await connection.fetchval(f"select count(*) from {table}")
            expected = await connection.fetchval(f"select count(*) from {table} where {own}")
        async with tenant_connection(db, full.agency.id, client_id) as connection:
            seen = await connection.fetchval(f"select count(*) from {table}")
        assert seen == expected, table
        assert seen < everything or table == "agencies", table


async def test_the_relay_reads_five_tables_and_no_other(owner: asyncpg.Connection, db: Database, full: Full):
    for table in await tenant_tables(owner):
        async with db.relay.acquire() as connection:
            if table in {"agencies", "api_keys", "identity_providers", "members", "outbox"}:
                assert await connection.fetchval(f"select count(*) from {table}") >= 1
                continue
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"select count(*) from {table}")
