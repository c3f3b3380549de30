"""Counts, crisis scores and incidents."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
create table client_buckets (
    agency_id uuid not null,
    client_id uuid not null,
    bucket_at timestamptz not null,
    mentions integer not null,
    voices integer not null,
    negative integer not null,
    negative_voices integer not null,
    neutral integer not null,
    positive integer not null,
    own integer default 0 not null,
    reach bigint not null,
    engagement bigint not null,
    toxic integer not null,
    threat integer not null,
    hoax integer not null,
    complaints integer not null,
    platforms integer not null,
    constraint client_buckets_pkey primary key (agency_id, client_id, bucket_at),
    constraint client_buckets_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
) partition by range (bucket_at);
create table client_scores (
    agency_id uuid not null,
    client_id uuid not null,
    bucket_at timestamptz not null,
    score real not null,
    level text not null,
    contributions jsonb not null,
    guards text[] not null,
    completeness real not null,
    formula text not null,
    state jsonb not null,
    assessed_at timestamptz not null,
    constraint client_scores_pkey primary key (agency_id, client_id, bucket_at),
    constraint client_scores_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
) partition by range (bucket_at);
create table incidents (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    status text not null,
    level text not null,
    peak_level text not null,
    score real not null,
    peak_score real not null,
    first_seen_at timestamptz not null,
    opened_at timestamptz not null,
    detected_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    resolved_at timestamptz,
    resolved_by uuid,
    resolution text,
    eased_at timestamptz,
    closed_at timestamptz,
    last_alert_level text,
    last_alert_score real default 0 not null,
    is_silent boolean not null,
    reasons jsonb not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint incidents_pkey primary key (agency_id, id),
    constraint incidents_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint incidents_status_check check (status in ('open', 'acknowledged', 'resolved', 'closed'))
);
create index incidents_agency_id_client_id_opened_at_id_idx on incidents (agency_id, client_id, opened_at, id);
create index incidents_agency_id_opened_at_id_idx on incidents (agency_id, opened_at, id);
create unique index incidents_one_alive_idx on incidents (agency_id, client_id) where status <> 'closed';
create table incident_entries (
    agency_id uuid not null,
    id uuid not null,
    incident_id uuid not null,
    client_id uuid not null,
    at timestamptz not null,
    kind text not null,
    level text not null,
    score real not null,
    actor_id uuid,
    detail jsonb not null,
    constraint incident_entries_pkey primary key (agency_id, id),
    constraint incident_entries_agency_id_incident_id_fkey foreign key (agency_id, incident_id) references incidents (agency_id, id) on delete cascade
);
create index incident_entries_agency_id_incident_id_at_id_idx on incident_entries (agency_id, incident_id, at, id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("client_buckets", client="client_id", partitioned=True)
        protect("client_scores", client="client_id", partitioned=True)
        protect("incidents", client="client_id")
        protect("incident_entries", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("delete from partitioned_tables where name in ('client_buckets', 'client_scores')")
        for table in ("incident_entries", "incidents", "client_scores", "client_buckets"):
            op.execute(f"drop table {table} cascade")
