"""Whatever a hostile or broken client sends, the answer is a refusal that says what to do, or the thing done right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hostile import corpora, judging, raw
from tests.hostile.attacks import Attack, Caller, every
from tests.hostile.judging import judge
from tests.hostile.sending import Answer, send_all
from tests.operations import OPERATIONS
from tests.served import Served

ROOT = Path(__file__).resolve().parents[2]
# `make hostile` sends them all.
ONE_OF = 40

pytestmark = pytest.mark.skipif(not corpora.are_here(), reason="the shared test data are not here")


@pytest.fixture(scope="module")
def attacks(attacker: Caller) -> list[Attack]:
    return list(every(replace(attacker, one_of=ONE_OF)))


async def test_no_bad_input_of_the_corpora_is_answered_wrongly(attacks: list[Attack], served: Served):
    wrong: list[str] = []
    async for attack, answer in send_all(served.port, attacks):
        wrong += [f"{outcome}: {attack} {answer}" for outcome in judge(attack, answer)]
    assert not wrong, f"{len(wrong)} of {len(attacks)}:\n" + "\n".join(each[:600] for each in wrong[:25])
    assert served.deaths == []


def test_the_selection_takes_every_corpus_and_every_operation(attacks: list[Attack]):
    tried = {each.corpus for each in attacks} | {each.corpus for each in raw.every()} - {raw.OUR_OWN}
    assert tried | set(corpora.ELSEWHERE) == set(corpora.names())
    assert {each.operation for each in attacks} == {each.id for each in OPERATIONS}


async def test_bytes_that_are_not_quite_http_are_answered_once_or_not_at_all(served: Served):
    # Those that never come whole are tried with less patience in tests/edge/test_server.py.
    attacks = [each for each in raw.every() if not raw.is_slow(each)]
    found = [(outcomes, each, answers) for each, answers, outcomes in await raw.run(served.port, attacks) if outcomes]
    assert found == []
    assert served.deaths == []
    assert '"level": "error"' not in served.log("api")


GOOD = Attack("strings_blns", "a", "get_client", "path", "GET", "/", {}, expect=(404,), kept={"name": "a"})
TOLD = {
    "type": "http://a/errors/not_found",
    "title": "Not found",
    "status": 404,
    "detail": "There is none.",
    "instance": "/",
    "code": "not_found",
    "request_id": "12345678",
}
HEADERS = {
    "content-type": "application/problem+json",
    "x-request-id": "12345678",
    "x-content-type-options": "nosniff",
}


@pytest.mark.parametrize(
    ("outcome", "status", "headers", "told"),
    [
        (judging.HANG, 0, {}, {}),
        (judging.SERVER_ERROR, 500, {}, {}),
        (judging.MISFIT, 200, {}, {}),
        (judging.CHANGED, 200, {}, {"name": "b"}),
        (judging.NO_PROBLEM, 404, {"content-type": "text/plain"}, {}),
        (judging.NO_PROBLEM, 404, {"x-request-id": "87654321"}, {}),
        (judging.NO_PROBLEM, 404, {}, {"status": 400}),
        (judging.NO_PROBLEM, 404, {}, {"detail": "asyncpg.exceptions.DataError"}),
        (judging.NO_PROBLEM, 404, {}, {"secret": "of the inside"}),
    ],
)
def test_each_forbidden_outcome_is_noticed(outcome: str, status: int, headers: dict[str, str], told: dict[str, str]):
    assert list(judge(GOOD, Answer(404, HEADERS, json.dumps(TOLD).encode()))) == []
    answer = Answer(status, HEADERS | headers, json.dumps(TOLD | told).encode())
    assert outcome in list(judge(GOOD, answer))


def test_a_forged_token_that_opens_a_door_is_noticed():
    answer = Answer(200, HEADERS, b"{}")
    assert judging.FORGED in list(judge(replace(GOOD, corpus="forged_jwt", expect=(401,)), answer))


def test_a_good_row_that_is_lost_is_noticed():
    told = {"results": [{"status": "created"}, {"status": "refused"}, {"status": "refused"}]}
    sent = replace(GOOD, expect=(200,), kept={}, posts=("before", "after"))
    assert list(judge(sent, Answer(200, {}, json.dumps(told).encode()))) == [judging.LOST]


@pytest.mark.parametrize(("corpus", "home"), corpora.ELSEWHERE.items(), ids=lambda each: each)
def test_what_is_no_request_is_tried_where_it_belongs(corpus: str, home: str):
    assert (ROOT / home).is_file(), f"{corpus}: {home} is gone"
