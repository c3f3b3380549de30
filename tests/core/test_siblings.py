import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crisis import Level
from core.siblings import is_shared

LEVELS = st.lists(st.sampled_from(Level), max_size=60)


@pytest.mark.parametrize(
    ("rising", "of", "shared"),
    [
        (0, 0, False),
        (1, 1, False),
        (1, 30, False),
        (2, 2, True),
        (2, 6, False),
        (3, 10, True),
        (3, 40, False),
        (8, 40, True),
    ],
)
def test_an_event_is_shared_where_more_brands_rise_than_chance_would_raise(rising: int, of: int, shared: bool):
    others = [Level.WARNING] * rising + [Level.NORMAL] * (of - rising)
    assert is_shared(others) is shared


@given(LEVELS)
def test_one_more_brand_that_rises_never_speaks_against_a_shared_event(others: list[Level]):
    if is_shared(others):
        assert is_shared([*others, Level.WATCH])
        assert is_shared([Level.CRISIS if level is Level.NORMAL else level for level in others])
    else:
        assert not is_shared([*others, Level.NORMAL])
