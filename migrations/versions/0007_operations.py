"""Operations: slow work that is taken step by step."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
create table operations (
    agency_id uuid not null,
    id uuid not null,
    kind text not null,
    subject_id uuid,
    status text not null,
    parameters jsonb not null,
    cursor jsonb,
    progress double precision default 0 not null,
    counts jsonb not null,
    result text,
    error jsonb,
    created_by uuid,
    version bigint default 1 not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz not null,
    constraint operations_pkey primary key (agency_id, id),
    constraint operations_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint operations_status_check check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
);
create index operations_agency_id_created_at_id_idx on operations (agency_id, created_at, id);
create unique index operations_agency_id_kind_subject_id_idx on operations (agency_id, kind, subject_id)
    where status in ('queued', 'running');
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("operations")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table operations cascade")
