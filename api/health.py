"""Whether the process lives, and whether it is ready to serve."""

import asyncio
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, get
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.edge.schema import Output
from api.edge.tenancy import Held
from storage import readiness


class Alive(Output, frozen=True):
    """The process answers."""

    status: Literal["alive"]


class Readiness(Output, frozen=True):
    """What the service needs, and which of it is missing."""

    status: Literal["ready", "not_ready"]
    failing: Annotated[list[Literal["postgresql", "redis", "migrations", "shutdown"]], msgspec.Meta(max_length=4)]


@get("/health/live", open=True, summary="Is the process alive?")
async def get_liveness() -> Alive:
    """Alive as long as the process answers at all."""
    return Alive(status="alive")


@get(
    "/health/ready", open=True, summary="Is the service ready?", also={503: "Something is missing: `failing` names it."}
)
async def get_readiness(process: Held) -> Response[Readiness]:
    """Ready when PostgreSQL and Redis answer, the database is at the newest migration, and nobody asked it to end."""
    failing = await readiness.failing(process.db)
    if not await _redis_answers(process.settings.redis_url):
        failing.append("redis")
    if process.is_leaving:
        failing.append("shutdown")
    content = Readiness(status="not_ready" if failing else "ready", failing=failing)  # type: ignore[arg-type]
    return Response(content, status_code=503 if failing else 200)


async def _redis_answers(url: str) -> bool:
    client = Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]
    try:
        async with asyncio.timeout(2):
            return bool(await client.ping())  # pyright: ignore[reportGeneralTypeIssues, reportUnknownMemberType]
    except (OSError, TimeoutError, RedisError):
        return False
    finally:
        await client.aclose()


router = Router("/", route_handlers=[get_liveness, get_readiness], tags=["Health"])
