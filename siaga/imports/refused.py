"""Rows that were not taken: how many, why, and where to find them."""

from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from rich.console import Console
from rich.text import Text

from siaga.drawing.palette import MUTED, plain
from siaga.refusals import Refusal

EXAMPLES = 3
LONGEST_KEPT = 4000


class Refused:
    """Counts refused rows of a file by reason, remembers the first few, and writes all to `path` where one is given."""

    def __init__(self, path: Path | None, *, of: Path) -> None:
        self._path = path
        self._of = of
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, list[tuple[int, str]]] = {}
        self._file = None

    def __enter__(self) -> Self:
        if self._path is not None:
            if self._path.exists() and self._path.samefile(self._of):
                raise Refusal(f"{self._path} is the file to be loaded. Write the refused rows elsewhere.")
            try:
                self._file = self._path.open("wb")
            except OSError as problem:
                raise Refusal(f"{self._path} cannot be written: {problem.strerror}.") from problem
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def total(self) -> int:
        """How many rows."""
        return self._counts.total()

    def add(self, line: int, code: str, detail: str, raw: bytes) -> None:
        """Note one row, whose first line has this number.

        Raises: Refusal, where the file cannot be written on.
        """
        self._counts[code] += 1
        examples = self._examples.setdefault(code, [])
        if len(examples) < EXAMPLES:
            examples.append((line, detail))
        if self._file is not None:
            text = raw.decode("utf-8", "replace").rstrip("\r\n")[:LONGEST_KEPT]
            told = {"line": line, "code": code, "detail": detail, "row": text}
            try:
                self._file.write(msgspec.json.encode(told) + b"\n")
            except OSError as problem:
                raise Refusal(f"{self._path} cannot be written: {problem.strerror}.") from problem

    def show(self, console: Console) -> None:
        """Each reason with its count and first rows, the most frequent first."""
        for code, count in self._counts.most_common():
            console.print(Text(f"  {count:,} {plain(code)}", style="yellow"))
            for line, detail in self._examples[code]:
                console.print(Text(f"    line {line:,}: {plain(detail)}", style=MUTED))
        if self._counts and self._path is not None:
            console.print(Text(f"  All of them stand in {self._path}."), soft_wrap=True)
