"""The published contract on disk, written by one command and compared by another.

`openapi/openapi.json` says what is asked and answered, and `asyncapi.json` beside it which messages are sent.
"""

import difflib
import json
from functools import cache
from pathlib import Path
from typing import Any

from siaga.breaking import differences
from siaga.refusals import Refusal

PATH = Path("openapi/openapi.json")
SHOWN_LINES = 40


RELEASED = Path("openapi/released.json")
MESSAGES = "asyncapi.json"
"""The name of the description of the messages, in the folder of the contract."""


class BreakingChange(Refusal):
    """The contract takes back what the last release promised."""


class ContractOutOfStep(Refusal):
    """The file does not say what the application does."""


def text() -> str:
    """The contract of this code as it is committed: sorted where order means nothing, one line an item."""
    contract, _ = _documents()
    return contract


def messages() -> str:
    """The messages of this code, as they are committed."""
    _, described = _documents()
    return described


@cache
def _documents() -> tuple[str, str]:
    from api import app  # noqa: PLC0415 - the other commands need not wait for the API's imports

    return _lines(app.contract()), _lines(app.messages())


def _lines(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write(path: Path = PATH) -> None:
    """Write the contract of this code, and its messages beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(), encoding="utf-8")
    path.with_name(MESSAGES).write_text(messages(), encoding="utf-8")


def release(path: Path = RELEASED) -> None:
    """Keep the contract of this code as what a release promises; what comes after may only add to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(), encoding="utf-8")


def check_release(path: Path = RELEASED) -> None:
    """Compare this code with what the last release promised; before the first there is nothing to keep.

    Raises: `BreakingChange`, with every difference that would break a program.
    """
    if not path.exists():
        return
    found = differences(json.loads(path.read_text(encoding="utf-8")), json.loads(text()))
    if found:
        listed = "\n".join(f"* {each}" for each in found[:SHOWN_LINES])
        raise BreakingChange(f"The contract breaks what {path} promised:\n{listed}")


def check(path: Path = PATH) -> None:
    """Compare the committed contract and messages with this code.

    Raises: `ContractOutOfStep`, with the first lines that differ.
    """
    _compare(path, text())
    _compare(path.with_name(MESSAGES), messages())


def _compare(path: Path, made: str) -> None:
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    difference = list(
        difflib.unified_diff(committed.splitlines(), made.splitlines(), str(path), "the app", lineterm="")
    )
    if difference:
        shown = "\n".join(difference[:SHOWN_LINES])
        raise ContractOutOfStep(f"{path} does not say what the app does. Run `make openapi` and review:\n{shown}")
