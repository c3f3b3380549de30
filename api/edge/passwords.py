"""Passwords hashed beside the event loop, a few at a time, however many ask."""

import asyncio
import secrets

from api.edge.process import Process
from core import passwords
from core.errors import FieldProblem, Invalid


async def keep(process: Process, password: str, *, pointer: str) -> str:
    """A new password as it is stored.

    Raises: `Invalid`, pointing at the field, for one that is among the first to be tried.
    """
    weakness = passwords.weakness(password)
    if weakness is not None:
        raise Invalid("A field is refused.", problems=[FieldProblem("weak_password", weakness, pointer=pointer)])
    async with process.hashing:
        return await asyncio.to_thread(passwords.keep, password, secrets.token_bytes(passwords.SALT_BYTES))
