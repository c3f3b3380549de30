"""What no answer to bad input may ever be."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec

from api.edge.problems import KINDS, Problem
from core.intake import fold_handle
from tests.hostile.attacks import Attack
from tests.hostile.sending import Answer

SERVER_ERROR = "answer of 5xx"
HANG = "no answer within 5 s"
NO_PROBLEM = "error without a problem document"
FORGED = "forged token accepted"
MISFIT = "status that does not fit"
CHANGED = "text that reads back otherwise"
LOST = "good row lost beside bad ones"
FORBIDDEN = (SERVER_ERROR, HANG, NO_PROBLEM, FORGED, MISFIT, CHANGED, LOST)
STATUS_OF = {kind.page or name: kind.status for name, kind in KINDS.items()}

_PROBLEM = msgspec.json.Decoder(Problem, strict=True)
_INSIDE = re.compile(r"Traceback|asyncpg|sqlalchemy|psycopg|\.py\b|select .* from |postgres(ql)?://", re.IGNORECASE)


def judge(attack: Attack, answer: Answer) -> Iterator[str]:
    """Each forbidden outcome that this answer is."""
    if answer.status == 0:
        yield HANG
        return
    if answer.status >= 500:
        yield SERVER_ERROR
    if answer.status >= 400 and not is_problem(answer):
        yield NO_PROBLEM
    if attack.corpus == "forged_jwt":
        if answer.status != 401:
            yield FORGED
        elif not answer.headers.get("www-authenticate", "").startswith("Bearer"):
            yield MISFIT
    elif not is_expected(attack, answer):
        yield MISFIT
    if answer.status < 300:
        yield from _stored(attack, answer)


def is_expected(attack: Attack, answer: Answer) -> bool:
    """Whether the status is one that the line allows; who has failed too often is told that before anything else."""
    return answer.status in attack.expect or answer.status in {429, 500, 503}


def is_problem(answer: Answer) -> bool:
    """Whether an error is one of our problem documents, complete, consistent, and silent about the inside."""
    if answer.headers.get("content-type") != "application/problem+json":
        return False
    try:
        document = _PROBLEM.decode(answer.body)
    except msgspec.DecodeError:
        return False
    if json.loads(answer.body).keys() - set(Problem.__struct_encode_fields__):
        return False
    status = STATUS_OF.get(document.type.rpartition("/errors/")[2])
    return (
        document.status == status == answer.status
        and document.request_id == answer.headers.get("x-request-id")
        and answer.headers.get("x-content-type-options") == "nosniff"
        and not _INSIDE.search(document.detail)
    )


def _stored(attack: Attack, answer: Answer) -> Iterator[str]:
    if not (attack.kept or attack.posts):
        return
    told: dict[str, Any] = json.loads(answer.body) if answer.body else {}
    for name, sent in attack.kept.items():
        as_kept = {sent, unicodedata.normalize("NFC", sent).strip()} | (
            {fold_handle(sent)} if name == "handle" else set()
        )
        if isinstance(told.get(name), str) and told[name] not in as_kept:
            yield CHANGED
    if attack.posts:
        statuses = [each["status"] for each in told["results"]]
        wanted = statuses if len(attack.posts) == len(statuses) else [statuses[0], statuses[-1]]
        if set(wanted) - {"created", "duplicate"}:
            yield LOST
