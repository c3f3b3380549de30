"""One row of a file: a post in the shape of the API, or why it is none."""

from dataclasses import dataclass

from siaga.imports.source import LONGEST_LINE


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `post` is an item of the API as JSON, None where the row is none, for the reason `problem`."""

    line: int
    raw: bytes
    post: bytes | None
    problem: tuple[str, str] | None = None
    brand: str | None = None


TOO_LONG = ("line_too_long", f"The line is longer than {LONGEST_LINE:,} bytes.")
NOT_UTF8 = ("not_utf8", "The row is not UTF-8. Save the file in UTF-8.")
