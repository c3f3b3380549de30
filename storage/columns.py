"""Many rows as the parameters of one statement: each column as the text of an array.

The driver looks at every element of an array by itself, which for a thousand posts cost as much as writing them. The
text of a whole column takes a few steps, and PostgreSQL reads an array from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

# Stands for a text that is missing until its column is written; no text that can be sent holds it.
_NONE = "\ud800"


def unnested(types: Mapping[str, str], *, first: int) -> str:
    """A query of these columns, by name and type, whose parameters begin with that number.

    Side by side in a list of columns, arrays are taken apart row by row; as tables each would be written out first.
    """
    columns = [
        f"unnest(${number}::text::{kind}[]) as {name}" for number, (name, kind) in enumerate(types.items(), start=first)
    ]
    return f"(select {', '.join(columns)})"


def parameters(types: Mapping[str, str], columns: Iterable[Sequence[Any]]) -> list[str]:
    """The parameters that such a query takes: columns in the order of the types.

    Raises: `ValueError` where a text holds U+0000.
    """
    by_kind = zip(types.values(), columns, strict=True)
    return [texts(column) if kind == "text" else values(column) for kind, column in by_kind]


def values(column: Sequence[object]) -> str:
    """Numbers, ids, times and truths as the text of an array: what JSON writes for them, null included."""
    return "{" + msgspec.json.encode(column).decode()[1:-1] + "}"


def texts(column: Sequence[str | None]) -> str:
    """Texts as the text of an array, quoted.

    Raises: `ValueError` where one holds U+0000.
    """
    if not column:
        return "{}"
    has_none = None in column
    known = [_NONE if text is None else text for text in column] if has_none else cast("Sequence[str]", column)
    joined = "\0".join(known)
    if joined.count("\0") != len(column) - 1:
        raise ValueError("a text cannot hold U+0000")
    if "\\" in joined:
        joined = joined.replace("\\", "\\\\")
    if '"' in joined:
        joined = joined.replace('"', '\\"')
    quoted = '{"' + joined.replace("\0", '","') + '"}'
    return quoted.replace(f'"{_NONE}"', "NULL") if has_none else quoted
