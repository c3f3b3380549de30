"""Incidents that people declare, contain and dismiss; when to be left alone, and campaigns that explain what is said."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

INCIDENT_COLUMNS = {
    "title": "text",
    "topic": "text",
    "topic_keyword_id": "uuid",
    "declared_level": "text",
    "declared_at": "timestamptz",
    "declared_by": "uuid",
    "contained_at": "timestamptz",
    "contained_by": "uuid",
    "alerted_at": "timestamptz",
    "last_alert_at": "timestamptz",
    "held_by": "text",
    "campaign": "text",
    "outcome": "text",
    "cost_of_delay": "jsonb",
}
CLIENT_COLUMNS = {
    "sensitivity": "text",
    "muted_until": "timestamptz",
    "quiet_from": "text",
    "quiet_until": "text",
    "quiet_up_to": "text",
    "cooldown_minutes": "integer default 60 not null",
}
CHECKS = """
alter table incidents drop constraint incidents_status_check;
alter table incidents add constraint incidents_status_check check (status in ('open', 'acknowledged', 'contained', 'resolved', 'closed')) not valid;
alter table incidents validate constraint incidents_status_check;
alter table incidents add constraint incidents_outcome_check check (outcome in ('resolved', 'false_alarm', 'quiet', 'absorbed')) not valid;
alter table incidents validate constraint incidents_outcome_check;
alter table clients add constraint clients_sensitivity_check check (sensitivity in ('low', 'normal', 'high')) not valid;
alter table clients validate constraint clients_sensitivity_check;
create table campaigns (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    name text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    words text[] not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint campaigns_pkey primary key (agency_id, id),
    constraint campaigns_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint campaigns_span_check check (starts_at < ends_at)
);
create index campaigns_agency_id_client_id_starts_at_id_idx on campaigns (agency_id, client_id, starts_at, id);
create index campaigns_agency_id_created_at_id_idx on campaigns (agency_id, created_at, id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table, columns in (("incidents", INCIDENT_COLUMNS), ("clients", CLIENT_COLUMNS)):
            op.execute(f"alter table {table} " + ", ".join(f"add column {n} {kind}" for n, kind in columns.items()))
        in_turn(CHECKS)
        protect("campaigns", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table campaigns")
        op.execute("alter table incidents no force row level security")
        op.execute("update incidents set status = 'acknowledged' where status = 'contained'")
        op.execute("alter table incidents force row level security")
        op.execute("alter table incidents drop constraint incidents_status_check")
        op.execute(
            "alter table incidents add constraint incidents_status_check "
            "check (status in ('open', 'acknowledged', 'resolved', 'closed'))"
        )
        for table, columns in (("incidents", INCIDENT_COLUMNS), ("clients", CLIENT_COLUMNS)):
            op.execute(f"alter table {table} " + ", ".join(f"drop column {name}" for name in columns))
