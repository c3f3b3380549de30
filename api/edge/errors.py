"""Domain error, framework error or accident to problem document, in one table."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.edge.problems import KINDS, MEDIA_TYPE, FieldError, kind_of_status, problem, waiting
from core import errors as domain
from core.idempotency import StillRunning
from core.rate_limits import Standing

log = logging.getLogger("siaga.api")

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="siaga"'}
# Text or numbers that PostgreSQL cannot hold: refused by the schemas, and here if one of them is too wide.
_UNSTORABLE = {"22021", "22003", "22008", "22P05", "54000"}
# Lost to another transaction, cut short, or shutting down: the same request may well succeed in a moment. The
# classes are connections (08) and resources (53).
_PASSING = {"40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"}
_PASSING_CLASSES = {"08", "53"}
_CUT_OFF = re.compile(r"connection (is|was) closed|connection has been released|cannot switch to state")

_MISSING = re.compile(r"Missing required \w+ parameter '([^']+)'")

AnyRequest = Request[Any, Any, Any]


def refuse(request: AnyRequest, error: domain.DomainError) -> Response[Any]:
    """The answer to a domain error."""
    headers: dict[str, str] = {}
    if isinstance(error, domain.Unauthenticated):
        headers = _CHALLENGE
    elif isinstance(error, domain.TooMany):
        headers = waiting(error)
    elif isinstance(error, domain.Unavailable | StillRunning):
        headers = {"Retry-After": str(error.retry_after_s)}
    return answer(
        request,
        error.kind,
        error.detail,
        code=error.code,
        errors=[_field(each) for each in error.problems],
        scope=error.scope if isinstance(error, domain.Forbidden) else None,
        quota=error if isinstance(error, domain.QuotaExceeded) else None,
        violated=error.violated if isinstance(error, domain.TooMany) else (),
        headers=headers,
    )


def refuse_http(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """The answer to the framework's own refusals, in our words."""
    if isinstance(error, ValidationException):
        return answer(
            request, "unreadable", "A parameter is not what it has to be.", errors=_parameters(request, error)
        )
    kind = kind_of_status(error.status_code)
    if kind == "not_found":
        return refuse(request, domain.NotFound())
    if kind == "internal":
        return fail(request, error)
    details = {"method_not_allowed": "Allow names the methods this resource answers."}
    return answer(request, kind, details.get(kind, f"{KINDS[kind].title}."), headers=dict(error.headers or {}))


def refuse_storage(request: AnyRequest, error: Exception) -> Response[Any]:
    """The answer when the database refuses a value or is busy; anything else is an accident."""
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
    if state in _UNSTORABLE:
        return answer(request, "unreadable", "A value is outside what can be stored. Shorten or correct it.")
    is_unreachable = isinstance(error, ConnectionError | TimeoutError | PoolTimeout)
    if is_unreachable or _is_cut_off(error) or state in _PASSING or state[:2] in _PASSING_CLASSES:
        log.warning("unavailable: %s %s", type(error).__name__, state, extra={"request_id": request_id(request)})
        return refuse(request, domain.Unavailable("The service is busy or restarting. Try again in a moment."))
    return fail(request, error)


def _is_cut_off(error: BaseException | None) -> bool:
    """Whether the driver found its connection gone: it then tells of its own state, or stumbles while it tidies up."""
    while error is not None:
        if isinstance(error, asyncpg.PostgresConnectionError):
            return True
        if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError) and _CUT_OFF.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def fail(request: AnyRequest, error: Exception) -> Response[Any]:
    """The answer to an accident: says nothing of the inside; the log has the same request id."""
    log.error("request failed", exc_info=error, extra={"request_id": request_id(request)})
    return answer(request, "internal", "Something went wrong on our side. Quote the request_id when you ask about it.")


HANDLERS: dict[Any, Any] = {
    domain.DomainError: refuse,
    HTTPException: refuse_http,
    Exception: refuse_storage,
}


def request_id(request: AnyRequest) -> str:
    """The id of this request, as it stands in the answer's header and in the log."""
    return str(request.scope.get("state", {}).get("request_id", ""))


def answer(
    request: AnyRequest,
    kind: str,
    detail: str,
    *,
    code: str | None = None,
    errors: list[FieldError] | None = None,
    scope: str | None = None,
    violated: Sequence[Standing] = (),
    quota: domain.QuotaExceeded | None = None,
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """A problem document as a response."""
    document = problem(
        kind,
        detail,
        instance=request.url.path[:2000],
        request_id=request_id(request),
        base_url=request.app.state.settings.public_url,
        code=code,
        errors=errors,
        scope=scope,
        violated=violated,
        quota=quota,
    )
    return Response(document, status_code=document.status, media_type=MEDIA_TYPE, headers=headers or {})


def _field(found: domain.FieldProblem) -> FieldError:
    return FieldError(
        code=found.code,
        detail=found.detail,
        pointer=msgspec.UNSET if found.pointer is None else found.pointer,
        parameter=found.parameter or msgspec.UNSET,
    )


def _parameters(request: AnyRequest, error: ValidationException) -> list[FieldError]:
    missing = _MISSING.search(error.detail)
    if missing:
        return [FieldError(code="not_as_declared", detail="This parameter is needed.", parameter=missing[1])]
    listed: list[dict[str, Any]] = error.extra if isinstance(error.extra, list) else []
    return [
        FieldError(code="not_as_declared", detail=str(each.get("message", "")), parameter=_sent_name(request, each))
        for each in listed
    ]


def _sent_name(request: AnyRequest, problem: dict[str, Any]) -> str:
    """The parameter as the caller writes it, such as `published_at[gte]`, where the handler calls it otherwise."""
    name = str(problem.get("key", ""))
    field: Any = request.scope["route_handler"].parsed_fn_signature.parameters.get(name)
    return getattr(getattr(field, "kwarg_definition", None), "name", None) or name


_PATH = re.compile(r" - at `(?P<key>key )?(?:in )?\$(?P<path>[^`]*)`$")


def unreadable_body(error: msgspec.DecodeError | UnicodeDecodeError) -> domain.Unreadable:
    """A body that is not JSON, or not of the declared shape, with the pointer to the place."""
    if not isinstance(error, msgspec.ValidationError):
        return domain.Unreadable("The body is not valid JSON in UTF-8.", code="malformed_json")
    field = field_problem(error)
    return domain.Unreadable("The body is not of the shape this operation reads.", problems=[field])


def field_problem(error: msgspec.ValidationError, under: str = "") -> domain.FieldProblem:
    """Where and why a value does not fit its schema; `under` is the pointer of the value itself."""
    message = str(error)
    found = _PATH.search(message)
    path = found["path"] if found else ""
    pointer = under + re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path).replace(".", "/").replace("//", "/")
    text = (_PATH.sub("", message) if found else message).rstrip(".")
    return domain.FieldProblem(code="not_as_declared", detail=f"{text}.", pointer=pointer)
