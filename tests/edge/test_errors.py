"""Every error of the domain and every passing failure of the database is told as what it is."""

import pkgutil
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

import core
from api.edge.problems import KINDS
from core.errors import DomainError
from core.settings import Settings
from storage import mentions, versions
from tests.conftest import Caller
from tests.edge.test_gate import problem

# Deadlock, lock not to be had, cut short, not serialisable, shutting down, too many connections.
PASSING = ["40P01", "55P03", "57014", "40001", "57P01", "53300"]


def kinds_of_errors() -> list[type[DomainError]]:
    """Every class of refusal there is, in any module of the rules."""
    for module in pkgutil.walk_packages(core.__path__, "core."):
        import_module(module.name)
    return [each for each in descendants(DomainError) if each.__module__.startswith("core.")]


def descendants(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from descendants(each)


@pytest.mark.parametrize("kind", kinds_of_errors(), ids=lambda each: each.__name__)
def test_every_error_of_the_domain_is_of_a_kind_that_is_told(kind: type[DomainError]):
    assert kind.__new__(kind).kind in KINDS


def raising(state: str) -> str:
    return f"do $$ begin raise exception 'secret of the inside' using errcode = '{state}'; end $$"


@pytest.fixture
async def superuser(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


@pytest.mark.parametrize("state", [*PASSING, "connection lost"])
async def test_what_passes_by_itself_is_unavailable_with_a_time_to_come_back(
    caller: Caller, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, state: str
):
    end, mine = "select pg_terminate_backend($1)", "select pg_backend_pid()"
    statement = "select 1" if state == "connection lost" else raising(state)

    async def failing(session, *_args, **_more):
        if state == "connection lost":
            await superuser.execute(end, await session.scalar(text(mine)))
        await session.execute(text(statement))

    async def failing_on_the_driver(connection, *_args, **_more):
        if state == "connection lost":
            await superuser.execute(end, await connection.fetchval(mine))
        await connection.execute(statement)

    monkeypatch.setattr(versions, "get", failing)
    monkeypatch.setattr(mentions, "get", failing_on_the_driver)
    for path in ("clients", "mentions"):
        answer = await caller.get(f"/v1/{path}/{uuid4()}")
        assert "inside" not in str(problem(answer, 503, "unavailable"))
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    monkeypatch.undo()
    assert (await caller.get(f"/v1/clients/{uuid4()}")).status_code == 404


async def test_an_accident_of_the_database_says_nothing_of_the_inside(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    async def failing(session, *_args, **_more):
        await session.execute(text(raising("XX000")))

    monkeypatch.setattr(versions, "get", failing)
    told = problem(await caller.get(f"/v1/clients/{uuid4()}"), 500, "internal")
    assert "inside" not in str(told)
    assert told["request_id"] in {getattr(record, "request_id", None) for record in caplog.records}
