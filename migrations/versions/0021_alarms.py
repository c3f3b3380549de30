"""What was told at once, so that it is told once: single posts that cannot wait, and slow changes."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = """
create table alarms (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    kind text not null,
    subject_key bigint not null,
    mention_id uuid,
    published_at timestamptz not null,
    figures jsonb not null,
    raised_at timestamptz not null,
    constraint alarms_pkey primary key (agency_id, id),
    constraint alarms_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint alarms_kind_check check (kind in ('threat', 'sara', 'malware', 'account_takeover', 'backlash', 'drift'))
);
create index alarms_agency_id_client_id_kind_raised_at_idx on alarms (agency_id, client_id, kind, raised_at);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("alarms", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table alarms")
