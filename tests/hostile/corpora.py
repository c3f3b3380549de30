"""The corpora of bad input: what hostile and broken clients send, one JSON object a line."""

import base64
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

SHARED = Path(os.environ.get("SIAGA_SHARED") or Path(__file__).resolve().parents[3] / "shared")
CORPORA = SHARED / "data" / "badinput"

TEXTS = ("strings_blns", "unicode_strings", "injection_strings")
# What is no request: a receiver's conduct and a verifier's vectors are tried where they are acted upon.
ELSEWHERE = {"ssrf_behaviours": "tests/egress/test_guard.py", "webhook_vectors": "tests/house/test_webhook_pages.py"}


def are_here() -> bool:
    """Whether the shared data lie where they are looked for."""
    return CORPORA.is_dir()


def names() -> list[str]:
    """Every corpus there is."""
    return sorted(path.stem for path in CORPORA.glob("*.ndjson"))


@cache
def lines(name: str) -> list[dict[str, Any]]:
    """The lines of a corpus."""
    return [json.loads(line) for line in (CORPORA / f"{name}.ndjson").read_text(encoding="ascii").splitlines()]


@cache
def texts() -> list[tuple[str, str]]:
    """Every naughty string, with the corpus it is from."""
    return [(name, line["s"]) for name in TEXTS for line in lines(name)]


def content(line: dict[str, Any]) -> bytes:
    """The bytes of a line, or what its recipe makes."""
    if "b64" in line:
        return base64.b64decode(line["b64"])
    recipe = line["recipe"]
    if "row" in recipe:
        return recipe["join"].join([recipe["row"]] * recipe["times"]).encode()
    if "repeat" in recipe:
        return recipe["repeat"].encode() * recipe["times"]
    if recipe["kind"] == "json_string":
        return b'"' + b"x" * (recipe["bytes"] - 2) + b'"'
    if recipe["kind"] == "object_keys":
        return json.dumps({f"k{n}": n for n in range(recipe["count"])}).encode()
    assert recipe["kind"] == "array_of_zero", recipe
    return json.dumps([0] * recipe["count"]).encode()
