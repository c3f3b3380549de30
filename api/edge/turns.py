"""A turn: the one transaction of a request with a key, from the claim of the key to the answer that is kept."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from litestar import Request, Response
from litestar.types import Message
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from api.edge.acts import act_of
from api.edge.process import Process
from core import idempotency as rules
from core.access import Principal
from core.idempotency import KeptAnswer, StillRunning
from core.sealing import NONCE_BYTES, seal_answer, unseal_answer
from storage import idempotency as records
from storage.session import driver_of, for_the_agency, tenant_connection, tenant_session, undo

REPLAYED = "Idempotent-Replayed"
WAIT_S = 1.0
"""How long a repeat waits for the first request before it is told to come back."""

_KEPT_HEADERS = frozenset({b"content-type", b"location", b"etag", b"retry-after"})


class Replayed(Exception):  # noqa: N818 - no error: somebody else was first, and this is what was answered
    """Another request with this key has just been answered."""

    def __init__(self, answer: Response[bytes]) -> None:
        super().__init__("the first answer again")
        self.answer = answer


class _Abandoned(Exception):  # noqa: N818 - what a transaction is told to undo it
    pass


class Turn:
    """One request with a key: one transaction from the claim of the key to the answer that is kept."""

    def __init__(self, process: Process, principal: Principal, key: str, request: Request[Any, Any, Any]) -> None:
        self._process = process
        self._principal = principal
        self._secrets = process.settings.secret_keys
        # Ours first; under the others stands what was answered before SECRET_KEY was changed.
        self._ids = [
            rules.answer_id(secret, principal.id, request.method, request.url.path, key) for secret in self._secrets
        ]
        self._id = self._ids[0]
        self._query = request.scope["query_string"]
        self._fingerprints: list[bytes] = []
        self._now = process.clock()
        self._act = act_of(request)
        self._stack: AsyncExitStack | None = None
        self._session: AsyncSession | None = None
        self._savepoint: AsyncSessionTransaction | None = None
        self._ended: asyncio.Event | None = None

    @property
    def is_open(self) -> bool:
        """Whether the answer decides what becomes of a transaction."""
        return self._stack is not None

    async def begin(self, body: bytes) -> Response[bytes] | None:
        """The first answer again, where there is one; None where this request is the first.

        Raises: `Invalid` where it was the answer to another request, `StillRunning` while it is not given.
        """
        self._fingerprints = [rules.fingerprint(secret, self._query, body) for secret in self._secrets]
        running = self._process.turns
        # Repeats that reach the same process wait here, where they hold no connection.
        try:
            async with asyncio.timeout(WAIT_S):
                while (other := running.get(self._id)) is not None:
                    await other.wait()
                    answer = await self._kept()
                    if answer is not None:
                        return answer
        except TimeoutError:
            raise StillRunning from None
        self._ended = running[self._id] = asyncio.Event()
        return await self._kept()

    async def _kept(self) -> Response[bytes] | None:
        agency_id = self._principal.agency_id
        async with tenant_connection(self._process.db, agency_id) as connection:
            for answer_id, fingerprint in zip(self._ids, self._fingerprints, strict=True):
                found = await records.find(connection, agency_id, answer_id, now=self._now)
                if found is not None:
                    return self._answer(found, answer_id, fingerprint)
        return None

    async def session(self) -> AsyncSession:
        """The transaction of the effect, with the key claimed.

        Raises: `Replayed` and `Invalid` where another request was answered meanwhile, `StillRunning` while it is not.
        """
        if self._session is not None:
            return self._session
        self._stack = AsyncExitStack()
        who = self._principal
        opened = tenant_session(self._process.db, who.agency_id, who.client_id, act=self._act)
        session = await self._stack.enter_async_context(opened)
        if not await records.claim(session, self._id, self._fingerprints[0], now=self._now):
            async with for_the_agency(session):
                found = await records.find(await driver_of(session), who.agency_id, self._id, now=self._now)
            if found is None:
                raise StillRunning
            raise Replayed(self._answer(found, self._id, self._fingerprints[0]))
        # What a refusal leaves behind is undone, and the refusal kept.
        self._savepoint = await session.begin_nested()
        self._session = session
        return session

    async def settle(self, messages: list[Message]) -> None:
        """Commit the effect with its answer; undo it where the answer is a refusal, or nothing to keep."""
        status, headers, body = _read(messages)
        if self._session is None or self._savepoint is None or not rules.is_kept(status):
            await self.abandon()
            return
        if status < 400:
            await self._savepoint.commit()
        else:
            await undo(self._session, self._savepoint)
        sealed = seal_answer(
            self._process.settings.secret_key,
            rules.packed(KeptAnswer(status, headers, body)),
            nonce=secrets.token_bytes(NONCE_BYTES),
            agency_id=self._principal.agency_id,
            answer_id=self._id,
        )
        await records.keep(self._session, self._id, status, sealed)
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()

    async def abandon(self) -> None:
        """Undo everything, the claim as well: the request may be tried anew."""
        stack, self._stack, self._session = self._stack, None, None
        if stack is not None:
            await stack.__aexit__(_Abandoned, _Abandoned(), None)

    def end(self) -> None:
        """Let those go on that wait for this request."""
        if self._ended is not None:
            del self._process.turns[self._id]
            self._ended.set()
            self._ended = None

    def _answer(self, found: Any, answer_id: UUID, fingerprint: bytes) -> Response[bytes]:
        if found["fingerprint"] != fingerprint:
            raise rules.other_request()
        agency_id = self._principal.agency_id
        stored = unseal_answer(self._secrets, found["sealed"], agency_id=agency_id, answer_id=answer_id)
        kept = rules.unpacked(stored)
        headers = {name: value for name, value in kept.headers if name != "content-type"} | {REPLAYED: "true"}
        media_type = dict(kept.headers).get("content-type")
        return Response(kept.body, status_code=kept.status, headers=headers, media_type=media_type)


@dataclass(slots=True)
class Seat:
    """Where the request's turn is found, if it has one: made before the request is looked at."""

    turn: Turn | None = None


def seat_of(request: Request[Any, Any, Any]) -> Seat:
    """The seat of this request."""
    return request.scope["state"]["seat"]


def _read(messages: list[Message]) -> tuple[int, list[tuple[str, str]], bytes]:
    start: Any = messages[0]
    headers = [(n.decode().lower(), v.decode()) for n, v in start["headers"] if n.lower() in _KEPT_HEADERS]
    body = b"".join(cast("Any", message).get("body", b"") for message in messages[1:])
    return start["status"], headers, body
