"""The table: event -> job. What follows when something has happened stands here and nowhere else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from core.events import PUBLIC_EVENTS, EventType
from jobs import alarms, data_subjects, mentions, operations, scores, webhooks
from jobs.context import Context
from storage.outbox import Due

Job: TypeAlias = Callable[[Context, Due], Awaitable[None]]
"""Follows up one row of the outbox: may run twice without harm, and finishes the row with its effect."""

JOBS: Mapping[EventType, Job] = {
    EventType.POSTS_RECEIVED: mentions.match_posts,
    EventType.CLIENT_TOUCHED: scores.assess_client,
    EventType.ALARM_RAISED: alarms.tell_alarm,
    EventType.OPERATION_DUE: operations.advance,
    EventType.DELIVERY_DUE: webhooks.deliver,
    EventType.ERASURE_DUE: data_subjects.erase_data_subject,
    **dict.fromkeys(PUBLIC_EVENTS, webhooks.fan_out),
}
