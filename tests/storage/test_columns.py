from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import pytest

from storage import columns
from storage.engine import Database

TYPES = {
    "id": "uuid",
    "at": "timestamptz",
    "said": "text",
    "score": "double precision",
    "count": "bigint",
    "is": "boolean",
}
QUOTED = {f'"{name}"': kind for name, kind in TYPES.items()}
PIECES = ('"', "\\", ",", "{", "}", "NULL", " ", "\n", "\t", "'", "\x01", "é", "😀", "a", "", '","', '\\"', "$1")


def texts(count: int) -> list[str | None]:
    chooser = Random(11)
    made = ["".join(chooser.choices(PIECES, k=chooser.randrange(6))) for _ in range(count)]
    return [None, "null", "NULL", "{}", '""', "", *made, None]


@pytest.mark.parametrize("has_none", [True, False])
async def test_what_is_sent_as_a_column_arrives_as_it_was(db: Database, has_none: bool):
    said = [text for text in texts(500) if has_none or text is not None]
    rows = [
        (uuid4(), datetime.now(UTC), text, number / 7, None if number % 3 else number - 2**40, number % 2 == 0)
        for number, text in enumerate(said)
    ]
    told = columns.parameters(QUOTED, list(zip(*rows, strict=True)))
    async with db.driver.acquire() as connection:
        found = await connection.fetch(f"select * from {columns.unnested(QUOTED, first=1)} t", *told)
    assert [tuple(row) for row in found] == rows


async def test_a_column_may_be_empty(db: Database):
    told = columns.parameters(QUOTED, [[] for _ in QUOTED])
    async with db.driver.acquire() as connection:
        assert await connection.fetch(f"select * from {columns.unnested(QUOTED, first=1)} t", *told) == []


def test_a_text_that_no_database_can_hold_is_refused_before_it_is_sent():
    with pytest.raises(ValueError, match=r"U\+0000"):
        columns.texts(["satu", "du\0a"])
    with pytest.raises(ValueError, match=r"U\+0000"):
        columns.texts([None, "\0"])
