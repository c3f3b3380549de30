"""How schemathesis writes the media types it does not know."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context: Any, value: Any) -> bytes:
    """One item a line, as the text that it is in the contract."""
    return str(value).encode("utf-8", "surrogatepass")
