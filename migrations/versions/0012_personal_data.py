"""What people may ask about their data: requests with a due time, authors who are not stored again, retention by client."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
alter table clients add column data_role text default 'processor' not null;
alter table clients add column purpose text;
alter table clients add column retention_days bigint;
create table data_subject_requests (
    agency_id uuid not null,
    id uuid not null,
    kind text not null,
    status text not null,
    platform text,
    handle text,
    email text,
    note text,
    received_at timestamptz not null,
    due_at timestamptz not null,
    closed_at timestamptz,
    proof jsonb,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint data_subject_requests_pkey primary key (agency_id, id),
    constraint data_subject_requests_kind_check check (kind in ('access', 'copy', 'correction', 'restriction', 'erasure')),
    constraint data_subject_requests_status_check check (status in ('received', 'running', 'fulfilled', 'refused'))
);
create index data_subject_requests_agency_id_created_at_id_idx on data_subject_requests (agency_id, created_at, id);
create table suppressed_authors (
    agency_id uuid not null,
    platform text not null,
    author_hash bytea not null,
    suppressed_at timestamptz not null,
    constraint suppressed_authors_pkey primary key (agency_id, platform, author_hash)
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("data_subject_requests")
        protect("suppressed_authors")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("suppressed_authors", "data_subject_requests"):
            op.execute(f"drop table {table}")
        for column in ("retention_days", "purpose", "data_role"):
            op.execute(f"alter table clients drop column {column}")
