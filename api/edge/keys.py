"""API keys that this process remembers, forgotten when they end."""

from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge.process import Process


def forget_at_commit(session: AsyncSession, process: Process, key_id: UUID) -> None:
    """Ask the database about this key from the commit of its end on.

    Sooner would be too soon: a request beside this one could remember it again.
    """

    def forget(*_session: Any) -> None:
        process.forget_key(key_id)

    event.listen(session.sync_session, "after_commit", forget, once=True)
