"""Whether the servers that the settings name can be reached, told in a sentence before anything depends on it."""

import asyncio
import re
import socket
from collections.abc import Awaitable
from typing import Any, cast

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from core.settings import Settings
from siaga.refusals import Refusal

SERVER_TIMEOUT_S = 10
DRIVER_NAME = re.compile(r"^\([\w.]+\) (<class '[\w.]+'>: )?")


class CannotServe(Refusal):
    """What stands in the way of serving, and what to do about it."""


def refuse_silent_servers(settings: Settings) -> None:
    """Raises: CannotServe, where PostgreSQL or Redis does not answer."""
    asyncio.run(_ask_both(settings))


def listen(settings: Settings) -> socket.socket:
    """The socket the API answers on.

    Raises: CannotServe, where the port is in use or not ours to take.
    """
    host, port = settings.api_host, settings.api_port
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"Siaga cannot listen on {host} port {port}: {error.strerror or error}. "
            f"Stop what uses it, or choose another, as in: API_PORT={port % 65_535 + 1} siaga up"
        ) from None
    return listening


async def _ask_both(settings: Settings) -> None:
    await _ask("DATABASE_URL", "PostgreSQL", _ask_postgres(settings.database_url))
    await _ask("REDIS_URL", "Redis", _ask_redis(settings.redis_url))


async def _ask(variable: str, server: str, answer: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(answer, SERVER_TIMEOUT_S)
    except (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, RedisError) as error:
        # The text of such an error may name the user, never the password.
        words = DRIVER_NAME.sub("", str(error)).splitlines()
        problem = words[0].rstrip(".") if words else f"no answer in {SERVER_TIMEOUT_S} s"
        raise CannotServe(
            f"The {server} that {variable} names does not answer: {problem}. Start it, or correct the address."
        ) from None


async def _ask_postgres(url: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect():
            return
    finally:
        await engine.dispose()


async def _ask_redis(url: str) -> None:
    client = cast("Any", redis.asyncio).from_url(url)
    try:
        await client.ping()
    finally:
        await client.aclose()
