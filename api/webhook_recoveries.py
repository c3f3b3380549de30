"""Webhooks sent again after an outage: all that failed since a time, or the events of a time."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, post
from litestar.params import JSONBody

from api.edge.operations import Operation, accepted
from api.edge.schema import Input, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from core import recoveries as rules
from core.operations import OperationKind
from storage import operations, versions, webhooks
from storage.webhooks import EndpointRow

Type = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[a-z0-9_.]+$")]


class NewWebhookRecovery(Input, frozen=True):
    """From when on: deliveries begun at this time or later, thirty days back at most."""

    since: Annotated[datetime, msgspec.Meta(tz=True)]


class NewWebhookReplay(Input, frozen=True):
    """Which events: those that happened at `after` or later and before `before`, which is now unless told.

    `event_types` are some of those the endpoint subscribes to; all of them unless told.
    """

    after: Annotated[datetime, msgspec.Meta(tz=True)]
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    event_types: Annotated[list[Type], msgspec.Meta(min_length=1, max_length=20)] | msgspec.UnsetType = msgspec.UNSET


@post(
    "/webhook-endpoints/{endpoint_id:str}/recover",
    scope="webhooks:manage",
    summary="Send again what failed",
    status_code=202,
    polled=True,
    key="required",
)
async def recover_webhook_endpoint(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    endpoint_id: PathId,
    data: JSONBody[NewWebhookRecovery],
) -> Response[Operation]:
    """Send every delivery to this endpoint again that is exhausted or cancelled, under its own `webhook-id`.

    Each begins its retries anew. What was delivered, or is on its way, is left alone.
    """
    endpoint = await versions.get(session, EndpointRow, identifier(endpoint_id))
    webhooks.require_enabled(endpoint)
    rules.require_recent(data.since, "/since", now=now)
    span = {"since": data.since.isoformat(), "until": now.isoformat()}
    return await _started(request, session, OperationKind.WEBHOOK_RECOVERY, principal, endpoint, span, now)


@post(
    "/webhook-endpoints/{endpoint_id:str}/replay",
    scope="webhooks:manage",
    summary="Send the events of a time again",
    status_code=202,
    polled=True,
    key="required",
)
async def replay_to_webhook_endpoint(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    endpoint_id: PathId,
    data: JSONBody[NewWebhookReplay],
) -> Response[Operation]:
    """Tell this endpoint the events of a time, whether it was told them before or not, each under its `webhook-id`.

    One that was delivered is sent again; one that waits for its next try is tried now; one that this endpoint was
    never told is delivered to it.
    """
    endpoint = await versions.get(session, EndpointRow, identifier(endpoint_id))
    webhooks.require_enabled(endpoint)
    before = now if data.before is None else data.before
    rules.require_span(data.after, before, now=now)
    types = rules.replayed(endpoint.event_types, None if data.event_types is msgspec.UNSET else data.event_types)
    span = {"after": data.after.isoformat(), "before": min(before, now).isoformat(), "event_types": types}
    return await _started(request, session, OperationKind.WEBHOOK_REPLAY, principal, endpoint, span, now)


async def _started(
    request: AnyRequest,
    session: Session,
    kind: OperationKind,
    principal: Caller,
    endpoint: EndpointRow,
    span: dict[str, Any],
    now: datetime,
) -> Response[Operation]:
    parameters = {"endpoint_id": str(endpoint.id), **span}
    row = await operations.start(
        session, kind, parameters, subject_id=endpoint.id, client_id=endpoint.client_id, by=principal.id, now=now
    )
    return accepted(request, row)


router = Router("/v1", route_handlers=[recover_webhook_endpoint, replay_to_webhook_endpoint], tags=["Webhooks"])
