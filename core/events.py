"""Everything that can happen, in the past tense.

`EventType` values that clients may subscribe to are public; the others wake our own jobs.
"""

from enum import StrEnum


class EventType(StrEnum):
    """Names of events as they stand in the outbox, and in webhooks where public."""

    POSTS_RECEIVED = "posts.received"
    CLIENT_TOUCHED = "client.touched"
    ERASURE_DUE = "data_subject_erasure.due"
    DELIVERY_DUE = "webhook_delivery.due"
    OPERATION_DUE = "operation.due"
    ALARM_RAISED = "alarm.raised"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_RAISED = "incident.raised"
    INCIDENT_EASED = "incident.eased"
    INCIDENT_CLOSED = "incident.closed"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_RESOLVED = "incident.resolved"
    SCORE_LEVEL_CHANGED = "score.level_changed"
    MENTION_FLAGGED = "mention.flagged"
    RESPONSE_BACKLASH = "response.backlash"
    PERCEPTION_DRIFTING = "perception.drifting"
    INCIDENT_DECLARED = "incident.declared"
    INCIDENT_CONTAINED = "incident.contained"
    INCIDENT_DISMISSED = "incident.dismissed"
    ALERT_TRIGGERED = "alert.triggered"
    ENDPOINT_TESTED = "webhook_endpoint.tested"
    ENDPOINT_FAILING = "webhook_endpoint.failing"
    ENDPOINT_DISABLED = "webhook_endpoint.disabled"
    USAGE_THRESHOLD = "usage.threshold_reached"


PUBLIC_EVENTS = frozenset(
    {
        EventType.INCIDENT_OPENED,
        EventType.INCIDENT_RAISED,
        EventType.INCIDENT_EASED,
        EventType.INCIDENT_CLOSED,
        EventType.INCIDENT_ACKNOWLEDGED,
        EventType.INCIDENT_RESOLVED,
        EventType.SCORE_LEVEL_CHANGED,
        EventType.MENTION_FLAGGED,
        EventType.RESPONSE_BACKLASH,
        EventType.PERCEPTION_DRIFTING,
        EventType.INCIDENT_DECLARED,
        EventType.INCIDENT_CONTAINED,
        EventType.INCIDENT_DISMISSED,
        EventType.ALERT_TRIGGERED,
        EventType.ENDPOINT_TESTED,
        EventType.ENDPOINT_FAILING,
        EventType.ENDPOINT_DISABLED,
        EventType.USAGE_THRESHOLD,
    }
)
"""What a webhook endpoint may subscribe to. Source: design of the events, `docs/webhooks.md`."""

LOG_SCOPE = "incidents:read"
"""Who may read the log of events at all. A client's `sequence` counts the types that each such reader sees."""

_SCOPES = {
    **dict.fromkeys(("incident", "alert", "score", "mention", "response", "perception"), LOG_SCOPE),
    "webhook_endpoint": "webhooks:read",
    "usage": "billing:read",
}


def scope_of(event: EventType) -> str:
    """The scope without which a public event is not shown: that of what it tells about.

    Raises: KeyError for an event whose noun nobody gave a scope.
    """
    return _SCOPES[event.value.partition(".")[0]]
