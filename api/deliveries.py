"""What became of each event on its way to each endpoint, try by try."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post

from api.edge.lists import Asked, Filter, Listed, Listing, listed, of_id, one_of
from api.edge.schema import MAY_GROW, Count, Output, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import tagged
from core.errors import NotFound
from core.webhook_pacing import Waiting
from storage import attempts, deliveries, turns, versions, webhooks
from storage.attempts import Numbered
from storage.webhooks import DeliveryRow

EventName = Annotated[str, msgspec.Meta(max_length=100)]
DeliveryStatus = Literal["pending", "delivered", "exhausted", "cancelled"]
HeaderValue = Annotated[str, msgspec.Meta(max_length=1024)]


class WebhookDelivery(Output, frozen=True):
    """One event on its way to one endpoint. `event_id` is what receivers see as `webhook-id`.

    A pending one that is due may be `waiting_for` its turn: an earlier event of the same incident where the endpoint is
    `ordered`, its `rate_per_minute`, or its open `circuit`. That uses up no try.
    """

    id: UUID
    event_id: UUID
    event_type: EventName
    endpoint_id: UUID
    status: Annotated[DeliveryStatus, MAY_GROW]
    attempt_count: Count
    waiting_for: Annotated[Waiting, MAY_GROW] | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LastWebhookAttempt(Output, frozen=True):
    """What the latest try came to, in short: its status, or why no whole answer came."""

    number: Count
    started_at: datetime
    status_code: Annotated[int, msgspec.Meta(ge=100, le=999)] | None
    error: Annotated[str, msgspec.Meta(max_length=100)] | None
    detail: Annotated[str, msgspec.Meta(max_length=1000)] | None


class ListedWebhookDelivery(WebhookDelivery, frozen=True):
    """A delivery as the list shows it: `last_attempt` says how it stands, and is null before the first try."""

    last_attempt: LastWebhookAttempt | None


class WebhookAttempt(Output, frozen=True):
    """One try: a status and the beginning of the answer, or an `error` where no whole answer came."""

    number: Count
    started_at: datetime
    duration_ms: Count
    status_code: Annotated[int, msgspec.Meta(ge=100, le=999)] | None
    error: Annotated[str, msgspec.Meta(max_length=100)] | None
    detail: Annotated[str, msgspec.Meta(max_length=1000)] | None
    response_headers: Annotated[dict[str, HeaderValue], msgspec.Meta(max_length=64)] | None
    response: Annotated[str, msgspec.Meta(max_length=16 * 1024)] | None


class WebhookDeliveryWithAttempts(WebhookDelivery, frozen=True):
    """A delivery with its latest attempts, newest first."""

    attempts: Annotated[list[WebhookAttempt], msgspec.Meta(max_length=attempts.MOST_KEPT)]


class WebhookDeliveryList(Listed, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    data: Annotated[list[ListedWebhookDelivery], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    filters={
        "endpoint_id": of_id("Only deliveries to this endpoint."),
        "event_id": of_id("Only deliveries of this event."),
        "status": one_of(DeliveryStatus),
        "event_type": Filter("Types of event, separated by commas.", "[a-z0-9_.]{1,100}"),
    },
)


@get("/webhook-deliveries", scope="webhooks:read", summary="List webhook deliveries", listing=_LISTING)
async def list_webhook_deliveries(request: AnyRequest, session: Session, asked: Asked) -> Response[WebhookDeliveryList]:
    """What is and was on its way to the agency's endpoints, newest first unless told otherwise.

    `status=exhausted,cancelled` lists what was given up; `last_attempt` says why.
    """
    page = await deliveries.page(session, asked)
    last = await attempts.latest(session, page.rows)
    data = [shape(row, ListedWebhookDelivery, last_attempt=_last(last.get(row.id))) for row in page.rows]
    return listed(request, WebhookDeliveryList, data, page)


def _last(attempt: Numbered | None) -> LastWebhookAttempt | None:
    return None if attempt is None else shape(attempt, LastWebhookAttempt)


@get("/webhook-deliveries/{delivery_id:str}", scope="webhooks:read", summary="Read a webhook delivery")
async def get_webhook_delivery(
    request: AnyRequest, session: Session, delivery_id: PathId
) -> Response[WebhookDeliveryWithAttempts]:
    """One delivery with its attempts, newest first."""
    row = await versions.get(session, DeliveryRow, identifier(delivery_id))
    tried = await attempts.of(session, row)
    content = shape(row, WebhookDeliveryWithAttempts, attempts=[shape(each, WebhookAttempt) for each in tried])
    return tagged(request, content, row.version)


@post(
    "/webhook-deliveries/{delivery_id:str}/resend",
    scope="webhooks:manage",
    status_code=202,
    summary="Send again",
    key="required",
)
async def resend_webhook_delivery(
    request: AnyRequest, session: Session, now: Now, delivery_id: PathId
) -> Response[WebhookDelivery]:
    """Send the same bytes under the same `webhook-id` now. A delivery that had ended begins its retries anew."""
    found = await versions.get(session, DeliveryRow, identifier(delivery_id))
    endpoint = await webhooks.find_locked(session, found.endpoint_id)
    delivery = await deliveries.lock(session, found.id)
    if endpoint is None or delivery is None:
        raise NotFound
    webhooks.require_enabled(endpoint)
    await turns.let_probe(session, endpoint, now=now)
    await deliveries.send_again(session, delivery, now=now)
    location = f"/v1/webhook-deliveries/{delivery.id}"
    return tagged(request, shape(delivery, WebhookDelivery), delivery.version, status=202, location=location)


router = Router(
    "/v1",
    route_handlers=[list_webhook_deliveries, get_webhook_delivery, resend_webhook_delivery],
    tags=["Webhooks"],
)
