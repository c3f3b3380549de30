"""What a person confirmed as the cause of an incident."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = """
create table incident_causes (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    cause text not null,
    note text,
    confirmed_by uuid not null,
    confirmed_at timestamptz not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint incident_causes_pkey primary key (agency_id, id),
    constraint incident_causes_agency_id_id_fkey foreign key (agency_id, id) references incidents (agency_id, id) on delete cascade,
    constraint incident_causes_cause_check check (cause in ('controversy', 'legal', 'bad_handling', 'miscommunication', 'slow_response', 'inappropriate_content', 'sara', 'product_quality', 'scandal', 'financial', 'discrimination', 'unlawful', 'staff_misconduct', 'competitor_attack', 'consumer_attack', 'negative_news', 'threat', 'hoax', 'account_takeover', 'malware', 'accident', 'disaster', 'perception'))
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("incident_causes", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table incident_causes")
