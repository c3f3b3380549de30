"""What the public events say: thin by design, ids and states and links, no personal data and no text of a post.

`Event[IncidentEvent]` is the whole body that a receiver is sent; `EVENT_SHAPES` says which data each type has.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from core.events import PUBLIC_EVENTS, EventType
from core.ids import EventId
from core.webhooks import MAX_BODY_BYTES

API_VERSION = "v1"
MAX_REASONS = 8
MAX_REASON_CHARS = 280
"""Eight sentences of 280 characters in two languages stay under 20 KB, even where each takes four bytes."""

_CONTROL = re.compile(r"[\x00-\x1f]")

Data = TypeVar("Data")
Level = Literal["normal", "watch", "warning", "crisis"]
Link = Annotated[str, msgspec.Meta(max_length=200, description="Path below the API's address.")]
Links = Annotated[dict[str, Link], msgspec.Meta(max_length=10)]
Score = Annotated[float, msgspec.Meta(ge=0, le=100)]
Reason = Annotated[str, msgspec.Meta(max_length=MAX_REASON_CHARS)]
Sentences = Annotated[list[Reason], msgspec.Meta(max_length=MAX_REASONS)]


class EventTooLarge(ValueError):  # noqa: N818 - says what is wrong with it
    """The body would be longer than a receiver is promised."""


class _Published(msgspec.Struct, frozen=True, kw_only=True):
    """What we send: closed to its fields, and read only by others."""


class Event(_Published, Generic[Data], frozen=True):
    """The body of a webhook. `id` is also the header `webhook-id`: drop what you have seen before."""

    id: UUID
    type: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[a-z0-9_.]+$")]
    timestamp: datetime
    api_version: Literal["v1"]
    data: Data


class EventReasons(_Published, frozen=True):
    """Why, in sentences for people, the weightiest first: Indonesian and English."""

    id: Sentences
    en: Sentences


class IncidentEvent(_Published, frozen=True):
    """An incident as it stands after the event. `version` rises with each change: keep the highest."""

    incident_id: UUID
    client_id: UUID
    status: Annotated[
        Literal["open", "acknowledged", "contained", "resolved", "closed"],
        msgspec.Meta(extra_json_schema={"x-extensible-enum": True}),
    ]
    level: Level
    score: Score
    peak_score: Score
    opened_at: datetime
    version: Annotated[int, msgspec.Meta(ge=1)]
    reasons: EventReasons
    links: Links


class ScoreLevelChanged(_Published, frozen=True):
    """A client's level, and the one that was told before. `at` begins the five minutes that showed it."""

    client_id: UUID
    level: Level
    previous_level: Level
    score: Score
    at: datetime
    links: Links


class MentionFlagged(_Published, frozen=True):
    """A mention that cannot wait for a volume, and why. Nothing is said of its text, or of who wrote it."""

    mention_id: UUID
    client_id: UUID
    kind: Literal["threat", "sara", "malware", "account_takeover"]
    published_at: datetime
    links: Links


Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ResponseBacklash(_Published, frozen=True):
    """The negative share of the voices in the three hours before and after a statement of the client's own."""

    mention_id: UUID
    client_id: UUID
    published_at: datetime
    share_before: Share
    share_after: Share
    voices_before: Annotated[int, msgspec.Meta(ge=0)]
    voices_after: Annotated[int, msgspec.Meta(ge=0)]
    links: Links


class PerceptionDrifting(_Published, frozen=True):
    """The negative share of the last 28 days against the 28 before; `z` is the rise over its standard error."""

    client_id: UUID
    share_before: Share
    share_now: Share
    z: Annotated[float, msgspec.Meta(ge=0, le=1000)]
    links: Links


class AlertTriggered(_Published, frozen=True):
    """An alert of a rule: what was observed within the window, and the threshold that it reached.

    `at` begins the five minutes in which it was reached.
    """

    alert_id: UUID
    rule_id: UUID
    client_id: UUID
    kind: Annotated[
        Literal["volume", "negative_count", "negative_share", "reach", "keyword", "author", "score"],
        msgspec.Meta(extra_json_schema={"x-extensible-enum": True}),
    ]
    at: datetime
    observed: Annotated[float, msgspec.Meta(ge=0, le=1e15, examples=[42.0])]
    threshold: Annotated[float, msgspec.Meta(ge=0.001, le=1e12, examples=[30.0])]
    window_minutes: Annotated[int, msgspec.Meta(ge=5, le=1440, examples=[60])]
    reasons: EventReasons
    links: Links


class EndpointTested(_Published, frozen=True):
    """A test event: sent to the one endpoint that was tested."""

    endpoint_id: UUID
    client_id: UUID | None
    links: Links


class EndpointFailing(_Published, frozen=True):
    """An endpoint of which no try has succeeded for one day, and again for four: it will be switched off then."""

    endpoint_id: UUID
    client_id: UUID | None
    failing_since: datetime
    disables_at: datetime
    links: Links


class EndpointDisabled(_Published, frozen=True):
    """An endpoint that was switched off: `gone` answered 410, `failing` failed every try for five days."""

    endpoint_id: UUID
    client_id: UUID | None
    reason: Literal["gone", "failing"]
    failing_since: datetime | None
    disabled_at: datetime
    links: Links


class UsageThreshold(_Published, frozen=True):
    """How much of a month's quota is used. Nothing stops at 100 %: mentions beyond it are kept and counted."""

    quota: Literal["mentions"]
    month: Annotated[str, msgspec.Meta(max_length=7, pattern=r"^20[0-9]{2}-[0-9]{2}$", examples=["2026-11"])]
    threshold_percent: Annotated[int, msgspec.Meta(ge=1, le=100, examples=[75])]
    limit: Annotated[int, msgspec.Meta(ge=1)]
    used: Annotated[int, msgspec.Meta(ge=0)]
    resets_at: datetime
    links: Links


_RESOURCES = ("incident_id", "rule_id", "endpoint_id", "mention_id", "client_id")

EVENT_SHAPES: Mapping[EventType, type[msgspec.Struct]] = {
    EventType.INCIDENT_OPENED: IncidentEvent,
    EventType.INCIDENT_RAISED: IncidentEvent,
    EventType.INCIDENT_EASED: IncidentEvent,
    EventType.INCIDENT_CLOSED: IncidentEvent,
    EventType.INCIDENT_ACKNOWLEDGED: IncidentEvent,
    EventType.INCIDENT_RESOLVED: IncidentEvent,
    EventType.SCORE_LEVEL_CHANGED: ScoreLevelChanged,
    EventType.MENTION_FLAGGED: MentionFlagged,
    EventType.RESPONSE_BACKLASH: ResponseBacklash,
    EventType.PERCEPTION_DRIFTING: PerceptionDrifting,
    EventType.INCIDENT_DECLARED: IncidentEvent,
    EventType.INCIDENT_CONTAINED: IncidentEvent,
    EventType.INCIDENT_DISMISSED: IncidentEvent,
    EventType.ALERT_TRIGGERED: AlertTriggered,
    EventType.ENDPOINT_TESTED: EndpointTested,
    EventType.ENDPOINT_FAILING: EndpointFailing,
    EventType.ENDPOINT_DISABLED: EndpointDisabled,
    EventType.USAGE_THRESHOLD: UsageThreshold,
}
"""The data of every public event."""

DESCRIPTIONS: Mapping[EventType, str] = {
    EventType.INCIDENT_OPENED: "A client's crisis score has reached the level at which an incident opens.",
    EventType.INCIDENT_RAISED: "An open incident has become worse: a higher level, or a score at least doubled.",
    EventType.INCIDENT_EASED: "An incident has fallen to a lower level.",
    EventType.INCIDENT_CLOSED: "An incident has ended: it stayed quiet long enough, or a new one has taken its place.",
    EventType.INCIDENT_ACKNOWLEDGED: "Somebody has taken charge of an incident.",
    EventType.INCIDENT_RESOLVED: "Somebody has declared an incident over.",
    EventType.SCORE_LEVEL_CHANGED: "A client's level has risen or fallen, with or without an incident.",
    EventType.MENTION_FLAGGED: "One mention is a threat, offends a group, spreads malware, or an own account is taken.",
    EventType.RESPONSE_BACKLASH: "The talk has turned against the client after a statement of its own.",
    EventType.PERCEPTION_DRIFTING: "The negative share has risen over four weeks, without any day that stands out.",
    EventType.INCIDENT_DECLARED: "Somebody has declared an incident. It takes the place of one the score had opened.",
    EventType.INCIDENT_CONTAINED: "Somebody has said that an incident no longer spreads.",
    EventType.INCIDENT_DISMISSED: "Somebody has declared an incident a false alarm.",
    EventType.ALERT_TRIGGERED: "What an alert rule watches has reached its threshold.",
    EventType.ENDPOINT_TESTED: "A test that you asked for. Sent to the tested endpoint, whatever it subscribes to.",
    EventType.ENDPOINT_FAILING: "No try at an endpoint has succeeded for one day, or four; after five it is off.",
    EventType.ENDPOINT_DISABLED: "An endpoint was switched off, because it is gone or failed for five days.",
    EventType.USAGE_THRESHOLD: "The mentions of this month have reached 50, 75, 90 or 100 % of the plan's quota.",
}
"""Every public event in a sentence."""


def shorten(sentences: Sequence[str]) -> list[str]:
    """The first few sentences as an event may carry them: each cut to its length, control characters blanked."""
    # A control character takes six bytes in JSON, which the promised length does not reckon with.
    plain = [_CONTROL.sub(" ", sentence) for sentence in sentences[:MAX_REASONS]]
    return [text if len(text) <= MAX_REASON_CHARS else f"{text[: MAX_REASON_CHARS - 1]}…" for text in plain]


def encode(event_id: EventId, event: EventType, data: msgspec.Struct | Mapping[str, Any], *, at: datetime) -> bytes:
    """The exact bytes of an event: what is signed, sent and kept.

    Raises: ValueError where the event is not public or the data are not of its shape; EventTooLarge.
    """
    if event not in PUBLIC_EVENTS:
        raise ValueError(f"{event} is no public event.")
    checked = msgspec.convert(msgspec.to_builtins(data), EVENT_SHAPES[event])
    whole = Event(id=event_id, type=event.value, timestamp=at, api_version=API_VERSION, data=checked)
    body = msgspec.json.encode(whole)
    if len(body) > MAX_BODY_BYTES:
        raise EventTooLarge(f"{event} would be {len(body)} bytes long; {MAX_BODY_BYTES} are promised.")
    return body


def resource_of(event: EventType, data: msgspec.Struct | Mapping[str, Any]) -> UUID | None:
    """What an event tells about: its incident, rule, endpoint, mention or client; None where it is the agency."""
    told = msgspec.convert(msgspec.to_builtins(data), EVENT_SHAPES[event])
    return next((getattr(told, name) for name in _RESOURCES if hasattr(told, name)), None)


def tested_endpoint(body: bytes) -> UUID:
    """Which endpoint a test event is meant for."""
    return msgspec.json.decode(body, type=Event[EndpointTested]).data.endpoint_id
