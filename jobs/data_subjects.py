"""Erase a person across the agency: a thousand posts a transaction, and at the end the proof."""

import secrets
from typing import Any
from uuid import UUID

import msgspec

from core.audit import Act, Change
from core.data_subjects import Status
from jobs.context import Context
from storage import audit, outbox
from storage import data_subjects as records
from storage.data_subjects import Erased
from storage.outbox import Due
from storage.session import tenant_connection


async def erase_data_subject(context: Context, due: Due) -> None:
    """Erase what is held of the person a request is about.

    May run twice: each transaction holds row and request, and finds what is left to erase.
    """
    while not await _go_on(context, due):
        pass


async def _go_on(context: Context, due: Due) -> bool:
    """One transaction; whether nothing is left to do."""
    now = context.clock()
    async with tenant_connection(context.db, due.agency_id) as connection:
        claimed = await outbox.find_on(connection, due.agency_id, due.id)
        if claimed is None:
            return True
        request = await records.lock(connection, due.agency_id, claimed[0])
        if request is None or request["status"] != Status.RUNNING:
            await outbox.finish_on(connection, due.agency_id, due.id)
            return True
        request_id: UUID = request["id"]
        erased, voice = _so_far(request["proof"])
        if request["handle"] is not None:
            author = request["platform"], request["handle"]
            if await records.erase_posts(connection, due.agency_id, *author, erased, voice=voice, now=now):
                await records.note_progress(connection, due.agency_id, request_id, erased, voice=voice, now=now)
                return False
            await records.erase_author(connection, due.agency_id, request_id, *author, erased)
        else:
            await records.erase_member(connection, due.agency_id, request_id, request["email"], erased, now=now)
        await records.close(connection, due.agency_id, request_id, erased, now=now)
        await outbox.finish_on(connection, due.agency_id, due.id)
        act = Act("erase_data_subject", "job", now)
        proof: dict[str, Any] = {**erased.counts, "status": "fulfilled", "proof_sha256": erased.sha256}
        change = Change("data_subject_requests", request_id, after=proof)
        await audit.append(connection, due.agency_id, act, [change])
    return True


def _so_far(proof: str | None) -> tuple[Erased, int]:
    """What earlier transactions erased, and the stranger's key that stands for the person's voice."""
    if proof is None:
        return Erased(), secrets.randbits(63)
    told = msgspec.json.decode(proof)
    return Erased(told["counts"], told["sha256"]), told["voice"]
