"""What an agency may have, and what it has used."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
alter table agencies add column plan text default 'unlimited' not null;
alter table agencies add constraint agencies_plan_check
    check (plan in ('trial', 'starter', 'studio', 'house', 'unlimited')) not valid;
alter table agencies validate constraint agencies_plan_check;
create table client_usage (
    agency_id uuid not null,
    month date not null,
    client_id uuid not null,
    mentions bigint not null,
    constraint client_usage_pkey primary key (agency_id, month, client_id),
    constraint client_usage_agency_id_fkey foreign key (agency_id) references agencies (agency_id)
);
create table usage_warnings (
    agency_id uuid not null,
    month date not null,
    quota bigint not null,
    threshold integer not null,
    told_at timestamptz not null,
    constraint usage_warnings_pkey primary key (agency_id, month, quota, threshold),
    constraint usage_warnings_agency_id_fkey foreign key (agency_id) references agencies (agency_id)
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("client_usage", client="client_id")
        protect("usage_warnings")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("usage_warnings", "client_usage"):
            op.execute(f"drop table {table} cascade")
        op.execute("alter table agencies drop column plan")
