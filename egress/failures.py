"""Why no whole answer came, or none was asked for: for programs, and in words for an endpoint's owner."""

from typing import Literal

FailureCode = Literal[
    "forbidden_target",
    "forbidden_header",
    "name_not_resolved",
    "connect_timeout",
    "connect_failed",
    "tls_certificate",
    "tls_failed",
    "timeout",
    "closed_early",
    "bad_answer",
]

NOT_PUBLIC = "The name leads to an address that is not public: correct its DNS entry."

# Nothing that the receiver sent is repeated.
_DETAILS: dict[FailureCode, str] = {
    # The address is not told: an outsider's name could otherwise read our inner DNS.
    "forbidden_target": NOT_PUBLIC,
    "name_not_resolved": "The name has no address: check it and its DNS entry.",
    "tls_failed": "TLS could not be agreed on: offer TLS 1.2 or 1.3.",
    "connect_timeout": "No connection in time: check that the port is open to us.",
    "timeout": "No whole answer in time: answer 2xx first and work afterwards.",
    "connect_failed": "No connection was taken: check host and port.",
    "bad_answer": "The answer is no readable HTTP: check what listens on that port.",
    "closed_early": "The connection was closed before the answer was whole.",
}


class EgressFailed(Exception):  # noqa: N818  # what happened, as a job's `except` reads it
    """No whole answer came, or none was asked for: the code is for programs, the detail for the endpoint's owner."""

    def __init__(self, code: FailureCode, detail: str | None = None, *, duration_ms: int = 0) -> None:
        self.code: FailureCode = code
        self.detail = detail or _DETAILS[code]
        self.duration_ms = duration_ms
        super().__init__(f"{code}: {self.detail}")
