"""The evidence pack: posts as they were held, each with its hash, and a last line with the hash of the whole.

One JSON object a line, in UTF-8, its keys in order and no blanks. A post's `sha256` is that of the same object without
it. The last line's is that of all bytes before that line, followed by its own object without it. So whoever has the
file, and was told that one hash, can show that nothing in it was changed, left out or added since.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec


def sealed(post: Mapping[str, Any]) -> bytes:
    """One post as a line, with its hash."""
    told = {"line": "post", **post}
    return _written({**told, "sha256": sha256(_written(told)).hexdigest()}) + b"\n"


def pack(posts: Iterable[Mapping[str, Any]], manifest: Mapping[str, Any]) -> Iterator[bytes]:
    """The lines of a pack; `manifest` is what the last one says beside the count and the hash."""
    whole, count = sha256(), 0
    for post in posts:
        line = sealed(post)
        whole.update(line)
        count += 1
        yield line
    told = {"line": "manifest", **manifest, "posts": count}
    whole.update(_written(told))
    yield _written({**told, "sha256": whole.hexdigest()}) + b"\n"


def faults(content: bytes) -> list[int]:
    """The lines, from 1, at which a pack is not what it says; none where it is whole."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return [1]
    wrong = [number for number, line in enumerate(lines[:-1], start=1) if not _is_sealed(line)]
    last = _read(lines[-1])
    given = last.pop("sha256", None)
    is_whole = given == sha256(b"".join(lines[:-1]) + _written(last)).hexdigest()
    return wrong if is_whole and last.get("posts") == len(lines) - 1 else [*wrong, len(lines)]


def _is_sealed(line: bytes) -> bool:
    told = _read(line)
    given = told.pop("sha256", None)
    return given == sha256(_written(told)).hexdigest()


def _read(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}


def _written(told: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(told, order="deterministic")
