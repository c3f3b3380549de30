"""What schemathesis cannot know of this API by itself."""

from typing import Any
from uuid import uuid4

import schemathesis

KEY = "Idempotency-Key"


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    """One item a line, as the text that it is in the contract."""
    return str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """In a chain of calls each has a key of its own.

    With the contract's example of a key every time, the first answer would come again, of a thing that was deleted
    since.
    """
    in_chain = case.meta is not None and case.meta.phase.name.value == "stateful"
    if in_chain and case.headers and KEY in case.headers:
        case.headers[KEY] = f'"{uuid4()}"'
