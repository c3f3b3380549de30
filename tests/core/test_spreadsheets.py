"""Cells that a spreadsheet opens."""

import csv
import io

import pytest

from core import spreadsheets


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x","y")'])
def test_no_cell_is_taken_for_a_formula(text: str):
    (row,) = csv.reader(io.StringIO(spreadsheets.line(["a", text]), newline=""))
    assert row == ["a", f"'{text}"]


@pytest.mark.parametrize("text", ["a=b", "1-1", 'say "hi", then', "two\nlines", ""])
def test_all_else_stays_as_it_is(text: str):
    (row,) = csv.reader(io.StringIO(spreadsheets.line([text, None, 5]), newline=""))
    assert row == [text, "", "5"]
