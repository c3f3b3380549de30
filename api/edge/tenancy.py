"""The request's session: opened for the caller's agency, committed once, before the answer is sent."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge.acts import act_of
from api.edge.process import Process
from api.edge.turns import seat_of
from core.access import Principal
from storage.session import driver_of, tenant_connection, tenant_session

AnyRequest: TypeAlias = Request[Any, Any, Any]
Session: TypeAlias = NamedDependency[SkipValidation[AsyncSession]]
Now: TypeAlias = NamedDependency[SkipValidation[datetime]]
Caller: TypeAlias = NamedDependency[SkipValidation[Principal]]
Writing: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
Written: TypeAlias = NamedDependency[SkipValidation[Writing]]
Held: TypeAlias = NamedDependency[SkipValidation[Process]]


def provide_process(request: AnyRequest) -> Process:
    """What the process holds."""
    return request.app.state.siaga


def provide_now(request: AnyRequest) -> datetime:
    """The instant of this request: one for all it does."""
    process: Process = request.app.state.siaga
    return process.clock()


def provide_principal(request: AnyRequest) -> Principal:
    """Who is calling, as the check found."""
    return request.scope["state"]["principal"]


async def provide_session(request: AnyRequest) -> AsyncIterator[AsyncSession]:
    """One transaction of the caller's agency, or of the one client or incident, audited; with a key, the turn's."""
    turn = seat_of(request).turn
    if turn is not None:
        yield await turn.session()
        return
    process: Process = request.app.state.siaga
    principal: Principal = request.scope["state"]["principal"]
    bound = {"client_id": principal.client_id, "incident_id": principal.incident_id}
    async with tenant_session(process.db, principal.agency_id, **bound, act=act_of(request)) as session:
        yield session


def provide_writing(request: AnyRequest) -> Writing:
    """The same transaction on the bare driver, opened when it is asked for; each time a new one without a key."""

    @asynccontextmanager
    async def writing() -> AsyncGenerator[Any, None]:
        turn = seat_of(request).turn
        if turn is not None:
            yield await driver_of(await turn.session())
            return
        process: Process = request.app.state.siaga
        principal: Principal = request.scope["state"]["principal"]
        async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
            yield connection

    return writing
