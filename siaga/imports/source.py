"""A file of posts, line by line: plain or gzip, of any size, told apart from what is no text."""

import gzip
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from siaga.refusals import Refusal

LONGEST_LINE = 1 << 20
"""In bytes. The longest text the API takes needs a tenth of it, however it is escaped."""

PEEKED = 64 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_TEXT = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook. Save it as CSV in UTF-8 first",
    b"%PDF": "a PDF. Export its table as CSV in UTF-8 first",
    b"SQLite format": "a SQLite database. Export its table as CSV in UTF-8 first",
    b"\xff\xfe": "text in UTF-16. Save it in UTF-8 first",
    b"\xfe\xff": "text in UTF-16. Save it in UTF-8 first",
    b"BZh": "compressed with bzip2. Unpack it, or compress it with gzip",
    b"\xfd7zXZ": "compressed with xz. Unpack it, or compress it with gzip",
    b"\x28\xb5\x2f\xfd": "compressed with zstd. Unpack it, or compress it with gzip",
    GZIP_MAGIC: "compressed twice. Unpack it once",
}


@dataclass(slots=True)
class Source:
    """An open file. `damage` says, once the lines have ended, why they ended before the file did."""

    name: str
    size: int
    beginning: bytes
    _raw: IO[bytes]
    _lines: "io.BufferedReader[Any]"
    damage: str | None = field(init=False, default=None)

    @property
    def position(self) -> int:
        """How many bytes of the file as it is stored are read."""
        return min(self._raw.tell(), self.size)

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Each line with its number from 1; None for one that is too long to be a post."""
        number = 0
        try:
            while line := self._lines.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    self._skip_line()
                    yield number, None
                else:
                    yield number, line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
        except (EOFError, OSError, zlib.error) as problem:
            self.damage = f"{self.name} is damaged after line {number:,} ({problem}). What stands before it is loaded."

    def _skip_line(self) -> None:
        while (rest := self._lines.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
            pass


@contextmanager
def opened(path: Path) -> Generator[Source]:
    """The file, ready to be read; gzip is known by its first bytes, whatever the name.

    Raises: Refusal.
    """
    try:
        raw = path.open("rb")
    except OSError as problem:
        raise Refusal(f"{path} cannot be opened: {problem.strerror}.") from problem
    with raw:
        is_gzip = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        lines: io.BufferedReader[Any] = io.BufferedReader(gzip.GzipFile(fileobj=raw)) if is_gzip else raw
        yield Source(path.name, path.stat().st_size, _beginning(path, lines), raw, lines)


def _beginning(path: Path, lines: "io.BufferedReader[Any]") -> bytes:
    try:
        beginning = lines.peek(PEEKED)[:PEEKED]
    except (EOFError, OSError, zlib.error) as problem:
        raise Refusal(f"{path.name} cannot be read: {problem}.") from problem
    for magic, told in _NO_TEXT.items():
        if beginning.startswith(magic):
            raise Refusal(f"{path.name} is {told}.")
    if not beginning.strip():
        raise Refusal(f"{path.name} is empty.")
    if b"\0" in beginning.split(b"\n", 1)[0]:
        raise Refusal(f"{path.name} is no text. Save it as CSV or NDJSON in UTF-8 first.")
    return beginning.removeprefix(BYTE_ORDER_MARK)
