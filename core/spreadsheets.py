"""Rows of a CSV file that spreadsheets open: no cell is taken for a formula. Source: OWASP, CSV injection."""

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(cells: Iterable[object]) -> str:
    """One line of CSV [RFC 4180]; text that a spreadsheet would calculate begins with an apostrophe."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(["" if cell is None else _harmless(str(cell)) for cell in cells])
    return buffer.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
