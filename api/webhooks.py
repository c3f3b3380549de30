"""Webhook endpoints and their secrets."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge import targets
from api.edge.endpoint_safe import Safe
from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.process import Process
from api.edge.schema import MAY_GROW, Input, Output, PathId, ShortText, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import event_bodies
from core import webhooks as rules
from core.egress_rules import MAX_HEADER_VALUE_CHARS, MAX_URL_CHARS
from core.errors import NotFound
from core.events import EventType
from core.ids import EndpointId
from core.webhook_headers import MOST_HEADERS
from core.webhook_pacing import MOST_PER_MINUTE
from storage import clients, events, turns, versions
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
    "incident.declared",
    "incident.contained",
    "incident.dismissed",
    "score.level_changed",
    "alert.triggered",
    "mention.flagged",
    "response.backlash",
    "perception.drifting",
    "webhook_endpoint.tested",
    "webhook_endpoint.failing",
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
Signature = Literal["v1", "v1a"]
Signatures = Annotated[
    list[Signature],
    msgspec.Meta(
        min_length=1,
        max_length=2,
        description="`v1` is HMAC-SHA256 with the secret, and always there; `v1a` is Ed25519 beside it.",
        examples=[["v1"]],
    ),
]
HeaderName = Annotated[str, msgspec.Meta(min_length=1, max_length=64, examples=["x-team"])]
HeaderValue = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_HEADER_VALUE_CHARS, examples=["night-shift"])]
Rate = Annotated[
    int, msgspec.Meta(ge=1, le=MOST_PER_MINUTE, description="No minute sees more tries than this.", examples=[60])
]
Secret = Annotated[str, msgspec.Meta(max_length=100, description="Shown this once: `whsec_` and base64.")]


Shown = TypeVar("Shown", bound="WebhookEndpoint")
RETURNS = {"url", "rate_per_minute", "ordered", "is_enabled"}
"""What deliveries may wait for, and its owner may change: then they look again."""

FORGIVEN = {
    "disabled_reason": None,
    "failing_since": None,
    "failing_notices": 0,
    "failures_in_row": 0,
    "circuit_until": None,
    "probing_until": None,
}


class Circuit(Output, frozen=True):
    """`open` while an endpoint is left alone, because several tries in a row met nobody; `until` then probes."""

    state: Annotated[Literal["closed", "open"], MAY_GROW]
    until: datetime | None


class WebhookEndpoint(Output, frozen=True):
    """An address that is told of events: of one client, or of the whole agency where `client_id` is null.

    Of its own headers only the names are told. `public_key` verifies `v1a`, where that was asked for.

    `failing_since` is when the first of an unbroken row of failures happened. `disabled_reason` says why it is off:
    `switched_off` by you, `gone` after it answered 410, `failing` after five days without one success.
    """

    id: UUID
    client_id: UUID | None
    url: TargetUrl
    description: ShortText | None
    event_types: Annotated[list[EventName], msgspec.Meta(max_length=20)]
    header_names: Annotated[list[HeaderName], msgspec.Meta(max_length=MOST_HEADERS)]
    rate_per_minute: Rate | None
    ordered: bool
    signatures: Annotated[list[Annotated[Signature, MAY_GROW]], msgspec.Meta(max_length=10)]
    public_key: (
        Annotated[str, msgspec.Meta(max_length=100, examples=["whpk_n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="])]
        | None
    )
    circuit: Circuit
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
    """Where to send which events. `*` stands for every type, those to come included.

    `headers` are sent with each try and never shown again. With `ordered`, events of one incident are sent one after
    another, each once the one before has arrived or is given up.
    """

    url: TargetUrl
    event_types: Subscriptions
    client_id: UUID | None = None
    description: ShortText | None = None
    headers: Annotated[dict[HeaderName, HeaderValue], msgspec.Meta(max_length=MOST_HEADERS)] | None = None
    rate_per_minute: Rate | None = None
    ordered: bool = False
    signatures: Signatures = msgspec.field(default_factory=lambda: ["v1"])


class WebhookEndpointChanges(Input, frozen=True):
    """What may change of an endpoint; what is absent stays. Switching it on again forgets its failures.

    Of `headers`, those named are set, or taken away by null; null for all takes all away. Leaving `v1a` out forgets its
    key; asking for it again makes another.
    """

    url: TargetUrl | msgspec.UnsetType = msgspec.UNSET
    event_types: Subscriptions | msgspec.UnsetType = msgspec.UNSET
    description: ShortText | None | msgspec.UnsetType = msgspec.UNSET
    headers: (
        Annotated[dict[HeaderName, HeaderValue | None], msgspec.Meta(max_length=2 * MOST_HEADERS)]
        | None
        | msgspec.UnsetType
    ) = msgspec.UNSET
    rate_per_minute: Rate | None | msgspec.UnsetType = msgspec.UNSET
    ordered: bool | msgspec.UnsetType = msgspec.UNSET
    signatures: Signatures | msgspec.UnsetType = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


class SecretRotation(Input, frozen=True):
    """With `end_previous` the secrets before stop signing at once: for one that somebody else has seen."""

    end_previous: bool = False


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
    request: AnyRequest,
    session: Session,
    process: Held,
    principal: Caller,
    now: Now,
    data: JSONBody[NewWebhookEndpoint],
) -> Response[CreatedWebhookEndpoint]:
    """Register an address that is told of events. The answer holds the signing secret, this once.

    A client's portal registers its client's own, whether or not it names the client.
    """
    await targets.judge(process, data.url)
    # Whoever is bound to a client has none of the whole agency; the database would refuse it as well.
    client_id = data.client_id or principal.client_id
    if client_id is not None:
        await clients.require(session, client_id)
    endpoint_id = EndpointId(new_id())
    safe = Safe(process, session.info["agency_id"], endpoint_id)
    values = changed(data) | {"client_id": client_id} | _checked(process, data) | safe.signing(data.signatures, None)
    del values["headers"]
    values |= safe.headers(data.headers, None)
    secret, sealed = safe.new_secret()
    row = await records.add(session, endpoint_id, values, secret_sealed=sealed, now=now)
    location = f"/v1/webhook-endpoints/{row.id}"
    content = _shown(row, CreatedWebhookEndpoint, secret=secret)
    return tagged(request, content, row.version, status=201, location=location)


@get("/webhook-endpoints", scope="webhooks:read", summary="List webhook endpoints", listing=_LISTING)
async def list_webhook_endpoints(request: AnyRequest, session: Session, asked: Asked) -> Response[WebhookEndpointList]:
    """The agency's endpoints, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, WebhookEndpointList, [_shown(row, WebhookEndpoint) for row in page.rows], page)


@get("/webhook-endpoints/{endpoint_id:str}", scope="webhooks:read", summary="Read a webhook endpoint")
async def get_webhook_endpoint(request: AnyRequest, session: Session, endpoint_id: PathId) -> Response[WebhookEndpoint]:
    """One endpoint, without its secret."""
    row = await versions.get(session, EndpointRow, identifier(endpoint_id))
    return tagged(request, _shown(row, WebhookEndpoint), row.version)


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
    """Change address, types, description, headers, rate, order or signatures, or switch the endpoint off and on."""
    await targets.judge(process, data.url)
    version = expected_version(if_match)
    values = changed(data) | _checked(process, data) | _switched(data)
    known = identifier(endpoint_id)
    if {"headers", "signatures"} & values.keys():
        before = await versions.get(session, EndpointRow, known, lock=True)
        safe = Safe(process, before.agency_id, EndpointId(known))
        if "headers" in values:
            values |= safe.headers(values.pop("headers"), before)
        if "signatures" in values:
            values |= safe.signing(values["signatures"], before)
    row = await versions.change(session, EndpointRow, known, values, version=version, now=now)
    if RETURNS & values.keys():
        await turns.call_all(session, row, now=now)
    return tagged(request, _shown(row, WebhookEndpoint), row.version)


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
async def rotate_webhook_secret(
    session: Session, process: Held, now: Now, endpoint_id: PathId, data: JSONBody[SecretRotation | None] = None
) -> RotatedSecret:
    """Make a new secret, shown this once. For 24 hours the one before signs beside it, three such at most.

    A body with `end_previous` ends all those before at once.
    """
    row = await records.find_locked(session, identifier(endpoint_id))
    if row is None:
        raise NotFound
    ends = data is not None and data.end_previous
    secret, sealed = Safe(process, row.agency_id, EndpointId(row.id)).new_secret()
    await records.rotate_secret(session, row, secret_sealed=sealed, end_previous=ends, now=now)
    return RotatedSecret(secret=secret, previous_secret_until=now if ends else now + rules.SECRET_OVERLAP)


def _checked(process: Process, data: NewWebhookEndpoint | WebhookEndpointChanges) -> dict[str, Any]:
    """The address in its one spelling and the types without repeats, where they are given."""
    values: dict[str, Any] = {}
    if not isinstance(data.url, msgspec.UnsetType):
        # Whoever rests at one address may be met at another.
        values |= {"url": targets.spelt(process, data.url).url, "failures_in_row": 0, "circuit_until": None}
    if not isinstance(data.event_types, msgspec.UnsetType):
        values["event_types"] = ["*"] if "*" in data.event_types else list(dict.fromkeys(data.event_types))
    return values


def _switched(data: WebhookEndpointChanges) -> dict[str, Any]:
    if isinstance(data.is_enabled, msgspec.UnsetType):
        return {}
    return FORGIVEN if data.is_enabled else {"disabled_reason": "switched_off"}


def _shown(row: EndpointRow, kind: type[Shown], **more: Any) -> Shown:
    circuit = Circuit(state="closed" if row.circuit_until is None else "open", until=row.circuit_until)
    return shape(row, kind, circuit=circuit, **more)


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
