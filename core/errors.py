"""Every way the domain says no.

    DomainError
    ├── NotFound            unknown, or of somebody else: the answer is the same
    ├── Unauthenticated     no valid credential
    ├── Forbidden           known caller, missing scope
    │   └── QuotaExceeded   the plan allows no more
    ├── Invalid             readable, but a rule refuses; names the field
    ├── Conflict            the state of the thing does not allow it
    ├── PreconditionFailed  changed since it was read
    ├── PreconditionMissing the caller did not say which version it read
    ├── TooMany             wait, then try again
    └── Unavailable         something that is needed does not answer

Each carries a stable `code` (what programs branch on) and a `detail` that names the reason and the remedy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.rate_limits import Standing


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of the input.

    `pointer` is an RFC 6901 pointer into the body; `parameter` names a query, path or header parameter.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class DomainError(Exception):
    """The domain refuses; subclasses say in which of the few ways."""

    code = "error"

    def __init__(self, detail: str, *, code: str | None = None, problems: Sequence[FieldProblem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.problems = tuple(problems)

    @property
    def kind(self) -> str:
        """Which of the few ways this is, however narrow the class or its `code`."""
        ways = [each for each in type(self).__mro__ if DomainError in each.__bases__]
        return ways[0].code if ways else DomainError.code


class NotFound(DomainError):  # noqa: N818 - the names are the trade's, and `except NotFound` reads well
    """Nothing here for this caller: unknown, deleted, or of another agency or client."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("There is no such resource for this credential. Check the id.")


class Gone(DomainError):  # noqa: N818
    """It was announced to end, and has; the words say what takes its place."""

    code = "gone"


class Unauthenticated(DomainError):  # noqa: N818
    """No credential, or none that is valid now."""

    code = "unauthenticated"


class Forbidden(DomainError):  # noqa: N818
    """A known caller lacks the scope or role; `scope` names what is missing."""

    code = "forbidden"

    def __init__(self, detail: str, *, code: str | None = None, scope: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.scope = scope


class QuotaExceeded(Forbidden):
    """The plan allows no more of this: `used` of `limit` are there, and waiting does not help."""

    code = "quota_exceeded"

    def __init__(self, detail: str, *, quota: str, limit: int, used: int) -> None:
        super().__init__(detail)
        self.quota = quota
        self.limit = limit
        self.used = used


class Invalid(DomainError):  # noqa: N818
    """Readable, but a rule of the domain refuses it."""

    code = "invalid"


class Unreadable(DomainError):  # noqa: N818
    """The request cannot be read as its schema says."""

    code = "unreadable"


class Conflict(DomainError):  # noqa: N818
    """The present state does not allow this change."""

    code = "conflict"


class PreconditionFailed(DomainError):  # noqa: N818
    """The resource was changed since the caller read it."""

    code = "precondition_failed"

    def __init__(self) -> None:
        super().__init__("The resource has changed since you read it. Read it again and repeat the change.")


class PreconditionMissing(DomainError):  # noqa: N818
    """The caller did not say which version it wants to change."""

    code = "precondition_required"

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of the version you read.")


class TooMany(DomainError):  # noqa: N818
    """A limit is reached; `retry_after_s` says when to come back, `violated` which limits are spent."""

    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after_s: int, violated: Sequence[Standing]) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
        self.violated = tuple(violated)


class Unavailable(DomainError):  # noqa: N818
    """Something this needs does not answer, and without it the answer would be unsafe."""

    code = "unavailable"

    def __init__(self, detail: str, *, code: str | None = None, retry_after_s: int = 5) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class TooLarge(DomainError):  # noqa: N818
    """More than one request may carry."""

    code = "too_large"
