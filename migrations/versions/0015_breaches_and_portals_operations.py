"""Breaches of personal data, and operations that a client's portal may follow."""

from alembic import op

from migrations.tenancy import AGENCY, CLIENT, as_owner, in_turn, protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = """
create table data_breaches (
    agency_id uuid not null,
    id uuid not null,
    status text not null,
    data text not null,
    cause text,
    measures text,
    affected_subjects bigint,
    occurred_at timestamptz,
    discovered_at timestamptz not null,
    due_at timestamptz not null,
    subjects_notified_at timestamptz,
    authority_notified_at timestamptz,
    closed_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint data_breaches_pkey primary key (agency_id, id),
    constraint data_breaches_status_check check (status in ('open', 'notified', 'closed'))
);
create index data_breaches_agency_id_created_at_id_idx on data_breaches (agency_id, created_at, id);
alter table operations add column client_id uuid;
alter table operations add constraint operations_agency_id_client_id_fkey
    foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade not valid;
"""
OF_AGENCY = f"agency_id = {AGENCY} and ({CLIENT} is null or "


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        op.execute("alter table operations validate constraint operations_agency_id_client_id_fkey")
        protect("data_breaches")
        seen = f"{OF_AGENCY}client_id = {CLIENT})"
        op.execute(f"alter policy of_agency on operations using ({seen}) with check ({seen})")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        seen = f"{OF_AGENCY}false)"
        op.execute(f"alter policy of_agency on operations using ({seen}) with check ({seen})")
        op.execute("alter table operations drop column client_id")
        op.execute("drop table data_breaches")
