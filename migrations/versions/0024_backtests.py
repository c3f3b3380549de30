"""Backtests of rules and sensitivities."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = """
create table backtests (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    rule jsonb,
    sensitivity text,
    since timestamptz not null,
    until timestamptz not null,
    found jsonb not null,
    result jsonb,
    version bigint default 1 not null,
    created_at timestamptz not null,
    finished_at timestamptz,
    constraint backtests_pkey primary key (agency_id, id),
    constraint backtests_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create index backtests_agency_id_client_id_sensitivity_finished_at_idx on backtests (agency_id, client_id, sensitivity, finished_at);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("backtests", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table backtests")
