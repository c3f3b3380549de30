"""Say once a day where every agency's audit log stands, signed, where the database's own master cannot take it back."""

import logging
from typing import Any

from core.audit import signed_head
from jobs.context import Context
from storage import audit, unscoped
from storage.session import tenant_connection

log = logging.getLogger("siaga.audit")


async def export_heads(ctx: dict[Any, Any]) -> None:
    """Log the signed head of every agency's audit log, one line each.

    Logs are kept elsewhere than the database: `siaga audit verify --heads` finds by them that an end was cut off.
    May run twice: a head told again is the same.
    """
    context: Context = ctx["context"]
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_connection(context.db, agency_id) as connection:
            head = await audit.head(connection, agency_id, now=context.clock())
        log.info("%s", signed_head(context.settings.secret_key, head))
