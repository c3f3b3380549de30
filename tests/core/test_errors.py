"""Every refusal is of one of the few ways, and each way has its kind of problem document."""

import pytest

from api.edge.problems import KINDS
from core import errors
from core.errors import Conflict, DomainError
from core.incidents import IncidentStateError

WAYS = [each for each in vars(errors).values() if isinstance(each, type) and DomainError in each.__bases__]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_way_of_refusing_is_a_kind_of_problem(way: type[DomainError]):
    assert way.code in KINDS


def test_a_narrower_refusal_is_of_the_kind_it_narrows():
    assert IncidentStateError("closed").kind == "conflict"
    assert Conflict("taken", code="email_taken").kind == "conflict"
