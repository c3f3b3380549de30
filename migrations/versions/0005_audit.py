"""The audit log: entries that are only ever added, chained by hash for each agency."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Without references to what it tells of: the log outlives it.
TABLES = """
create table audit_entries (
    agency_id uuid not null,
    id uuid not null,
    position bigint not null,
    at timestamptz not null,
    action text not null,
    outcome text not null,
    actor_kind text not null,
    actor_id uuid,
    credential_id uuid,
    target_kind text not null,
    target_id uuid,
    request_id text,
    address text,
    before text,
    after text,
    previous_hash bytea not null,
    hash bytea not null,
    constraint audit_entries_pkey primary key (agency_id, id),
    constraint audit_entries_agency_id_position_key unique (agency_id, position)
);
create index audit_entries_agency_id_at_id_idx on audit_entries (agency_id, at, id);
create index audit_entries_agency_id_target_id_at_id_idx on audit_entries (agency_id, target_id, at, id);
create index audit_entries_agency_id_actor_id_at_id_idx on audit_entries (agency_id, actor_id, at, id);
create table audit_heads (
    agency_id uuid not null,
    position bigint not null,
    hash bytea not null,
    constraint audit_heads_pkey primary key (agency_id)
);
create table audit_keys (
    agency_id uuid not null,
    id uuid not null,
    key bytea not null,
    constraint audit_keys_pkey primary key (agency_id, id)
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("audit_entries", may="select, insert")
        protect("audit_heads", may="select, insert, update")
        # To delete a key is to erase what the log tells of somebody.
        protect("audit_keys", may="select, insert, delete")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("audit_keys", "audit_heads", "audit_entries"):
            op.execute(f"drop table {table}")
