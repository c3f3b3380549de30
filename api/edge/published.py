"""What is published of this code: written when somebody first asks for it, and kept as it is sent."""

from asyncio import Lock, to_thread
from collections.abc import Callable

import msgspec

from api.edge.vocabulary import Schema


class Published:
    """A document that takes a second to write, which the start of a process does not wait for.

    What it says follows from the code alone, so that it is written once, beside the requests of others.
    """

    def __init__(self, write: Callable[[], Schema]) -> None:
        self._write = write
        self._written: bytes | None = None
        self._writing = Lock()

    async def content(self) -> bytes:
        """The document as JSON."""
        async with self._writing:
            if self._written is None:
                self._written = await to_thread(lambda: msgspec.json.encode(self._write()))
        return self._written
