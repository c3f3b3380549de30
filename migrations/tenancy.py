"""How a table is closed to every agency but its own.

`protect(table)` is called once for each table by the migration that creates it; the catalogue test fails for
a table that was forgotten.
"""

from collections.abc import Generator
from contextlib import contextmanager

from alembic import op

AGENCY = "nullif(current_setting('app.agency_id', true), '')::uuid"
CLIENT = "nullif(current_setting('app.client_id', true), '')::uuid"


@contextmanager
def as_owner() -> Generator[None, None, None]:
    """Within the block, tables are made and changed by the role that owns them all."""
    op.execute("set local role siaga_owner")
    yield
    op.execute("reset role")


def protect(
    table: str,
    *,
    client: str | None = None,
    for_portal: str = "false",
    seen_by_relay: str | None = None,
    partitioned: bool = False,
    may: str = "select, insert, update, delete",
) -> None:
    """Row security, enabled and forced, with one policy for reading and writing, and the grants of each role.

    `client` names the column that says which client a row is of: a portal's transaction sees its own
    client's rows. `for_portal` is the condition for tables without such a column; none is seen by default.
    `seen_by_relay` lists what the relay may do across agencies (`select` or `select, update`); `may` what the app may.
    """
    rule = f"agency_id = {AGENCY} and ({CLIENT} is null or {f'{client} = {CLIENT}' if client else for_portal})"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy of_agency on {table} to siaga_app using ({rule}) with check ({rule})")
    op.execute(f"grant {may} on {table} to siaga_app")
    if seen_by_relay:
        op.execute(f"create policy of_relay on {table} to siaga_relay using (true) with check (true)")
        op.execute(f"grant {seen_by_relay} on {table} to siaga_relay")
    if partitioned:
        # A partition is read through its parent, whose name the condition would carry: it gets the agency alone.
        own = f"agency_id = {AGENCY}"
        op.execute(f"insert into partitioned_tables (name, rule) values ('{table}', $rule${own}$rule$)")  # noqa: S608 - names of our own


def in_turn(script: str) -> None:
    """Run the statements of a script one by one, as the driver wants them; `$$` blocks stay whole."""
    pieces = script.split("$$")
    masked = "$$".join(p.replace(";\n", "\x00") if i % 2 else p for i, p in enumerate(pieces))
    for statement in masked.split(";\n"):
        if statement.strip():
            op.execute(statement.replace("\x00", ";\n"))
