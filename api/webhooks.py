"""Webhook endpoints and their secrets."""

import secrets
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import targets
from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.process import Process
from api.edge.schema import MAY_GROW, Input, Output, PathId, ShortText, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import event_bodies, sealing
from core import webhooks as rules
from core.egress_rules import MAX_URL_CHARS
from core.errors import NotFound
from core.events import EventType
from core.ids import EndpointId
from storage import clients, events, versions
from storage import webhooks as records
from storage.table import new_id
from storage.webhooks import EndpointRow

Subscription = Literal[
    "*",
    "incident.opened",
    "incident.raised",
    "incident.eased",
    "incident.closed",
    "incident.acknowledged",
    "incident.resolved",
    "webhook_endpoint.tested",
    "webhook_endpoint.disabled",
    "usage.threshold_reached",
]
Subscriptions = Annotated[list[Subscription], msgspec.Meta(min_length=1, max_length=20)]
EventName = Annotated[str, msgspec.Meta(max_length=100)]
TargetUrl = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=MAX_URL_CHARS,
        description="An https URL of a public host, on port 443 or 1024 to 65535.",
        examples=["https://hooks.example.com/siaga"],
    ),
]
Secret = Annotated[str, msgspec.Meta(max_length=100, description="Shown this once: `whsec_` and base64.")]


class WebhookEndpoint(Output, frozen=True):
    """An address that is told of events: of one client, or of the whole agency where `client_id` is null.

    `failing_since` is when the first of an unbroken row of failures happened. `disabled_reason` says why it is off:
    `switched_off` by you, `gone` after it answered 410, `failing` after five days without one success.
    """

    id: UUID
    client_id: UUID | None
    url: TargetUrl
    description: ShortText | None
    event_types: Annotated[list[EventName], msgspec.Meta(max_length=20)]
    is_enabled: bool
    disabled_reason: Annotated[Literal["switched_off", "gone", "failing"], MAY_GROW] | None
    failing_since: datetime | None
    secret_rotated_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreatedWebhookEndpoint(WebhookEndpoint, frozen=True):
    """A new endpoint with its signing secret, which is never shown again."""

    secret: Secret


class NewWebhookEndpoint(Input, frozen=True):
    """Where to send which events. `*` stands for every type, those to come included."""

    url: TargetUrl
    event_types: Subscriptions
    client_id: UUID | None = None
    description: ShortText | None = None


class WebhookEndpointChanges(Input, frozen=True):
    """What may change of an endpoint; what is absent stays. Switching it on again forgets its failures."""

    url: TargetUrl | msgspec.UnsetType = msgspec.UNSET
    event_types: Subscriptions | msgspec.UnsetType = msgspec.UNSET
    description: ShortText | None | msgspec.UnsetType = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


class WebhookEndpointList(Listed, frozen=True, kw_only=True):
    """A page of endpoints, newest first."""

    data: Annotated[list[WebhookEndpoint], msgspec.Meta(max_length=200)]


class TestedEndpoint(Output, frozen=True):
    """The test event that is on its way: look for its delivery by this id."""

    event_id: UUID


class RotatedSecret(Output, frozen=True):
    """The new signing secret, which is never shown again; the one before signs beside it until then."""

    secret: Secret
    previous_secret_until: datetime


_LISTING = Listing(
    sorts=("created_at", "updated_at"),
    filters={"client_id": of_id("Only endpoints of this client.")},
    searches="address and description",
)


@post("/webhook-endpoints", scope="webhooks:manage", summary="Register a webhook endpoint")
async def create_webhook_endpoint(
    request: AnyRequest, session: Session, process: Held, now: Now, data: JSONBody[NewWebhookEndpoint]
) -> Response[CreatedWebhookEndpoint]:
    """Register an address that is told of events. The answer holds the signing secret, this once."""
    await targets.judge(process, data.url)
    values = changed(data) | _checked(process, data)
    if data.client_id is not None:
        await clients.require(session, data.client_id)
    endpoint_id = EndpointId(new_id())
    secret, sealed = _new_secret(process, session, endpoint_id)
    row = await records.add(session, endpoint_id, values, secret_sealed=sealed, now=now)
    location = f"/v1/webhook-endpoints/{row.id}"
    content = shape(row, CreatedWebhookEndpoint, secret=secret)
    return tagged(request, content, row.version, status=201, location=location)


@get("/webhook-endpoints", scope="webhooks:read", summary="List webhook endpoints", listing=_LISTING)
async def list_webhook_endpoints(request: AnyRequest, session: Session, asked: Asked) -> Response[WebhookEndpointList]:
    """The agency's endpoints, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, WebhookEndpointList, [shape(row, WebhookEndpoint) for row in page.rows], page)


@get("/webhook-endpoints/{endpoint_id:str}", scope="webhooks:read", summary="Read a webhook endpoint")
async def get_webhook_endpoint(request: AnyRequest, session: Session, endpoint_id: PathId) -> Response[WebhookEndpoint]:
    """One endpoint, without its secret."""
    row = await versions.get(session, EndpointRow, identifier(endpoint_id))
    return tagged(request, shape(row, WebhookEndpoint), row.version)


@patch("/webhook-endpoints/{endpoint_id:str}", scope="webhooks:manage", summary="Change a webhook endpoint")
async def change_webhook_endpoint(
    request: AnyRequest,
    session: Session,
    process: Held,
    now: Now,
    endpoint_id: PathId,
    data: JSONBody[WebhookEndpointChanges],
    if_match: IfMatch = None,
) -> Response[WebhookEndpoint]:
    """Change address, types or description, or switch the endpoint off and on."""
    await targets.judge(process, data.url)
    version = expected_version(if_match)
    values = changed(data) | _checked(process, data) | _switched(data)
    row = await versions.change(session, EndpointRow, identifier(endpoint_id), values, version=version, now=now)
    return tagged(request, shape(row, WebhookEndpoint), row.version)


@delete("/webhook-endpoints/{endpoint_id:str}", scope="webhooks:manage", summary="Remove a webhook endpoint")
async def delete_webhook_endpoint(session: Session, endpoint_id: PathId, if_match: IfMatch = None) -> None:
    """Remove an endpoint with all its deliveries; what is on its way is not sent."""
    await versions.remove(session, EndpointRow, identifier(endpoint_id), version=expected_version(if_match))


@post("/webhook-endpoints/{endpoint_id:str}/test", scope="webhooks:manage", status_code=202, summary="Send a test")
async def test_webhook_endpoint(session: Session, now: Now, endpoint_id: PathId) -> TestedEndpoint:
    """Send a `webhook_endpoint.tested` event to this endpoint, whatever it subscribes to."""
    row = await versions.get(session, EndpointRow, identifier(endpoint_id))
    records.require_enabled(row)
    links = {"endpoint": f"/v1/webhook-endpoints/{row.id}"}
    data = event_bodies.EndpointTested(endpoint_id=row.id, client_id=row.client_id, links=links)
    event = EventType.ENDPOINT_TESTED
    return TestedEndpoint(event_id=await events.publish(session, event, client_id=row.client_id, data=data, now=now))


@post(
    "/webhook-endpoints/{endpoint_id:str}/rotate-secret",
    scope="webhooks:manage",
    status_code=200,
    summary="Replace the signing secret",
)
async def rotate_webhook_secret(session: Session, process: Held, now: Now, endpoint_id: PathId) -> RotatedSecret:
    """Make a new secret, shown this once. For 24 hours both sign; a still older one stops at once."""
    known = EndpointId(identifier(endpoint_id))
    secret, sealed = _new_secret(process, session, known)
    if await records.rotate_secret(session, known, secret_sealed=sealed, now=now) is None:
        raise NotFound
    return RotatedSecret(secret=secret, previous_secret_until=now + rules.SECRET_OVERLAP)


def _checked(process: Process, data: NewWebhookEndpoint | WebhookEndpointChanges) -> dict[str, Any]:
    """The address in its one spelling and the types without repeats, where they are given."""
    values: dict[str, Any] = {}
    if not isinstance(data.url, msgspec.UnsetType):
        values["url"] = targets.spelt(process, data.url).url
    if not isinstance(data.event_types, msgspec.UnsetType):
        values["event_types"] = ["*"] if "*" in data.event_types else list(dict.fromkeys(data.event_types))
    return values


def _switched(data: WebhookEndpointChanges) -> dict[str, Any]:
    if isinstance(data.is_enabled, msgspec.UnsetType):
        return {}
    return {"disabled_reason": None, "failing_since": None} if data.is_enabled else {"disabled_reason": "switched_off"}


def _new_secret(process: Process, session: AsyncSession, endpoint_id: EndpointId) -> tuple[str, bytes]:
    """A fresh signing secret, and the same sealed for its row."""
    secret = rules.new_secret(secrets.token_bytes(rules.SECRET_BYTES))
    nonce = secrets.token_bytes(sealing.NONCE_BYTES)
    agency_id: UUID = session.info["agency_id"]
    key = process.settings.secret_key
    return secret, sealing.seal(key, secret, nonce=nonce, agency_id=agency_id, row_id=endpoint_id)


router = Router(
    "/v1",
    route_handlers=[
        create_webhook_endpoint,
        list_webhook_endpoints,
        get_webhook_endpoint,
        change_webhook_endpoint,
        delete_webhook_endpoint,
        test_webhook_endpoint,
        rotate_webhook_secret,
    ],
    tags=["Webhooks"],
)
