"""Whatever a hostile or broken client sends, the answer is a refusal that says what to do, or the thing done right."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.hostile import corpora
from tests.hostile.attacks import Attack, Caller, every
from tests.hostile.judging import judge
from tests.hostile.sending import send_all
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
    assert {each.corpus for each in attacks} | {"http_raw", *corpora.ELSEWHERE} == set(corpora.names())
    assert {each.operation for each in attacks} == {each.id for each in OPERATIONS}


@pytest.mark.parametrize(("corpus", "home"), corpora.ELSEWHERE.items(), ids=lambda each: each)
def test_what_is_no_request_is_tried_where_it_belongs(corpus: str, home: str):
    assert (ROOT / home).is_file(), f"{corpus}: {home} is gone"
