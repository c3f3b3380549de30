"""Delete, every night, what each client's retention says must not be held any longer."""

from typing import Any

from jobs.context import Context
from storage import retention, unscoped
from storage.session import tenant_connection


async def delete_what_was_promised(ctx: dict[Any, Any]) -> None:
    """Delete mentions past their client's retention, and posts that then concern nobody.

    A post that several clients share stays until the last of them has let it go. May run twice, and be cut short:
    each transaction deletes the oldest that is left.
    """
    context: Context = ctx["context"]
    now = context.clock()
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_connection(context.db, agency_id) as connection:
            promised = await retention.promised(connection, agency_id)
        if not promised:
            continue
        cutoffs = retention.cutoffs(list(promised.values()), now)
        for client_id, before in zip(promised, cutoffs, strict=True):
            more = True
            while more:
                async with tenant_connection(context.db, agency_id) as connection:
                    more = await retention.forget_mentions(connection, agency_id, client_id, before)
        more = True
        while more:
            async with tenant_connection(context.db, agency_id) as connection:
                more = await retention.forget_posts(connection, agency_id, max(cutoffs), now=now)
