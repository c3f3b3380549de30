"""Posts that cannot wait: what a batch holds that is told at once, whatever the score says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.alarms.takeover import OwnPost, may_be_foreign, suspicion
from core.alarms.wording import AlarmKind, in_words
from core.incidents import Policy
from core.intake import mention_id
from storage import alarms
from storage.alarms import Alarm
from storage.new_mentions import NewMention

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

RECENT = Policy().historical_after
"""What is older is history, and alarms nobody."""


async def screen(
    connection: "Connection", agency_id: UUID, arrived: "Sequence[Record]", found: Sequence[NewMention], now: datetime
) -> None:
    """Raise an alarm for each post that asks for one, once for the same text in a day. The clients must be locked."""
    recent = [mention for mention in found if mention.published_at > now - RECENT]
    if not recent:
        return
    texts: Mapping[UUID, str] = {row["id"]: row["text"] for row in arrived}
    raised: list[Alarm] = []
    for mention in recent:
        text = texts[mention.post_id]
        if mention.is_own:
            raised += await _of_own(connection, agency_id, mention, text)
        elif mention.is_counted:
            raised += [_alarm(mention, kind) for kind in in_words(text, threatens=mention.is_threat)]
    if raised:
        await alarms.raise_all(connection, agency_id, raised, now=now)


def _alarm(mention: NewMention, kind: AlarmKind, **figures: object) -> Alarm:
    return Alarm(
        mention.client_id, kind, mention.text_key, mention.published_at,
        mention_id=mention_id(mention.post_id, mention.client_id), figures=dict(figures),
    )  # fmt: skip


async def _of_own(connection: "Connection", agency_id: UUID, mention: NewMention, text: str) -> list[Alarm]:
    """Whether a post of the client's own account looks like somebody else's; its history is read only where it may."""
    if not may_be_foreign(text):
        return []
    known = await alarms.habits(connection, agency_id, mention.client_id, mention.platform, mention.published_at)
    judged = suspicion(OwnPost(text, mention.language, mention.published_at.astimezone(UTC).hour), known)
    return [_alarm(mention, AlarmKind.ACCOUNT_TAKEOVER, signs=list(judged.signs))] if judged.is_suspicious else []
