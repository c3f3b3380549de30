"""Alert rules: when an agency wants to be told about a client, by thresholds of its own."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id, one_of
from api.edge.schema import MAY_GROW, Input, Name, Output, PathId, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import alert_rules as rules
from storage import alert_rules as records
from storage import clients, versions
from storage.alert_rules import AlertRuleRow

Kind = Literal["volume", "negative_count", "negative_share", "reach", "keyword", "author", "score"]
HoldReason = Literal["history", "mute", "campaign"]
Threshold = Annotated[float, msgspec.Meta(ge=0.001, le=1e12, examples=[30.0])]
WindowMinutes = Annotated[int, msgspec.Meta(ge=5, le=1440, multiple_of=5, examples=[60])]
CooldownMinutes = Annotated[int, msgspec.Meta(ge=5, le=10_080, examples=[120])]
Observed = Annotated[float, msgspec.Meta(ge=0, le=1e15, examples=[42.0])]


class AlertRule(Output, frozen=True):
    """A rule: an alert when what it watches reaches the threshold within the window, and not again within the cooldown.

    `threshold` counts mentions, or readers for `reach`; for `negative_share` it is a share up to 1, of at least ten
    mentions, for `score` points up to 100. `keyword` watches the mentions of one keyword, `author` those of one
    monitored account.
    """

    id: UUID
    client_id: UUID
    name: Name
    kind: Annotated[Kind, MAY_GROW]
    keyword_id: UUID | None
    account_id: UUID | None
    threshold: Threshold
    window_minutes: WindowMinutes
    cooldown_minutes: CooldownMinutes
    is_enabled: bool
    last_fired_at: datetime | None
    created_at: datetime
    updated_at: datetime


class NewAlertRule(Input, frozen=True):
    """What is told of a rule when it is set up; `keyword_id` only for `keyword`, `account_id` only for `author`."""

    client_id: UUID
    name: Name
    kind: Kind
    threshold: Threshold
    keyword_id: UUID | None = None
    account_id: UUID | None = None
    window_minutes: WindowMinutes = 60
    cooldown_minutes: CooldownMinutes = 120
    is_enabled: bool = True


class AlertRuleChanges(Input, frozen=True):
    """What may change of a rule; what is absent stays. Another kind is another rule."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    threshold: Threshold | msgspec.UnsetType = msgspec.UNSET
    window_minutes: WindowMinutes | msgspec.UnsetType = msgspec.UNSET
    cooldown_minutes: CooldownMinutes | msgspec.UnsetType = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


class AlertRuleList(Listed, frozen=True, kw_only=True):
    """A page of alert rules, newest first."""

    data: Annotated[list[AlertRule], msgspec.Meta(max_length=200)]


class Alert(Output, frozen=True):
    """An alert that a rule gave, as the rule stood then: `at` begins the five minutes in which it was reached.

    With `held_by` nobody was told: the client was muted, or a campaign was running that explains volume and reach.
    """

    id: UUID
    client_id: UUID
    rule_id: UUID
    rule_name: Name
    kind: Annotated[Kind, MAY_GROW]
    at: datetime
    observed: Observed
    threshold: Threshold
    window_minutes: WindowMinutes
    held_by: Annotated[HoldReason, MAY_GROW] | None
    triggered_at: datetime


class AlertList(Listed, frozen=True, kw_only=True):
    """A page of alerts, the latest first."""

    data: Annotated[list[Alert], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"client_id": of_id("Only rules of this client."), "kind": one_of(Kind)},
    searches="the name",
)
_ALERTS = Listing(
    sorts=("triggered_at", "at"),
    filters={
        "client_id": of_id("Only alerts about this client."),
        "rule_id": of_id("Only alerts of this rule."),
        "kind": one_of(Kind),
    },
)


@post("/alert-rules", scope="clients:write", summary="Set up an alert rule")
async def create_alert_rule(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewAlertRule]
) -> Response[AlertRule]:
    """Ask to be alerted about a client by a threshold of your own: the event `alert.triggered`.

    Only the last six hours are looked at: what is found in history alerts nobody.
    """
    await clients.require(session, data.client_id)
    rules.require_sense(data.kind, data.threshold, data.keyword_id, data.account_id)
    await records.require_watched(session, data.client_id, data.keyword_id, data.account_id)
    row = await records.add(session, changed(data), now=now)
    return tagged(request, shape(row, AlertRule), row.version, status=201, location=f"/v1/alert-rules/{row.id}")


@get("/alert-rules", scope="clients:read", summary="List alert rules", listing=_LISTING)
async def list_alert_rules(request: AnyRequest, session: Session, asked: Asked) -> Response[AlertRuleList]:
    """The rules for all clients or some, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, AlertRuleList, [shape(row, AlertRule) for row in page.rows], page)


@get("/alert-rules/{rule_id:str}", scope="clients:read", summary="Read an alert rule")
async def get_alert_rule(request: AnyRequest, session: Session, rule_id: PathId) -> Response[AlertRule]:
    """One rule."""
    row = await versions.get(session, AlertRuleRow, identifier(rule_id))
    return tagged(request, shape(row, AlertRule), row.version)


@patch("/alert-rules/{rule_id:str}", scope="clients:write", summary="Change an alert rule")
async def change_alert_rule(
    request: AnyRequest,
    session: Session,
    now: Now,
    rule_id: PathId,
    data: JSONBody[AlertRuleChanges],
    if_match: IfMatch = None,
) -> Response[AlertRule]:
    """Change a rule, or switch it off and on."""
    version = expected_version(if_match)
    current = await versions.get(session, AlertRuleRow, identifier(rule_id), lock=True)
    values = changed(data)
    threshold = values.get("threshold", current.threshold)
    rules.require_sense(current.kind, threshold, current.keyword_id, current.account_id)
    row = await versions.change(session, AlertRuleRow, current.id, values, version=version, now=now)
    return tagged(request, shape(row, AlertRule), row.version)


@delete("/alert-rules/{rule_id:str}", scope="clients:write", summary="Remove an alert rule")
async def delete_alert_rule(session: Session, rule_id: PathId, if_match: IfMatch = None) -> None:
    """Remove a rule. The alerts that it gave stay."""
    await versions.remove(session, AlertRuleRow, identifier(rule_id), version=expected_version(if_match))


@get("/alerts", scope="incidents:read", summary="List alerts", listing=_ALERTS)
async def list_alerts(request: AnyRequest, session: Session, asked: Asked) -> Response[AlertList]:
    """What rules have alerted of, the latest first unless told otherwise."""
    page = await records.page_alerts(session, asked)
    return listed(request, AlertList, [shape(row, Alert) for row in page.rows], page)


router = Router(
    "/v1",
    route_handlers=[
        create_alert_rule,
        list_alert_rules,
        get_alert_rule,
        change_alert_rule,
        delete_alert_rule,
        list_alerts,
    ],
    tags=["Alerting"],
)
