"""Webhook endpoints, events, deliveries and attempts."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
create table webhook_endpoints (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid,
    url text not null,
    description text,
    event_types text[] not null,
    secret_sealed bytea not null,
    previous_secret_sealed bytea,
    secret_rotated_at timestamptz,
    is_enabled boolean not null,
    disabled_reason text,
    failing_since timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint webhook_endpoints_pkey primary key (agency_id, id),
    constraint webhook_endpoints_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint webhook_endpoints_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create index webhook_endpoints_agency_id_created_at_id_idx on webhook_endpoints (agency_id, created_at, id);
create table events (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid,
    type text not null,
    occurred_at timestamptz not null,
    body bytea not null,
    constraint events_pkey primary key (agency_id, id),
    constraint events_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create index events_agency_id_occurred_at_id_idx on events (agency_id, occurred_at, id);
create table webhook_deliveries (
    agency_id uuid not null,
    id uuid not null,
    event_id uuid not null,
    endpoint_id uuid not null,
    client_id uuid,
    event_type text not null,
    status text not null,
    attempt_count integer default 0 not null,
    ladder_from integer default 0 not null,
    sending_until timestamptz,
    next_attempt_at timestamptz,
    delivered_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint webhook_deliveries_pkey primary key (agency_id, id),
    constraint webhook_deliveries_agency_id_event_id_fkey foreign key (agency_id, event_id) references events (agency_id, id) on delete cascade,
    constraint webhook_deliveries_agency_id_endpoint_id_fkey foreign key (agency_id, endpoint_id) references webhook_endpoints (agency_id, id) on delete cascade,
    constraint webhook_deliveries_agency_id_event_id_endpoint_id_key unique (agency_id, event_id, endpoint_id),
    constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'exhausted', 'cancelled'))
);
create index webhook_deliveries_agency_id_created_at_id_idx on webhook_deliveries (agency_id, created_at, id);
create index webhook_deliveries_agency_id_endpoint_id_created_at_id_idx on webhook_deliveries (agency_id, endpoint_id, created_at, id);
create table webhook_attempts (
    agency_id uuid not null,
    id uuid not null,
    delivery_id uuid not null,
    client_id uuid,
    number integer not null,
    started_at timestamptz not null,
    duration_ms integer not null,
    status_code integer,
    error text,
    detail text,
    response_headers jsonb,
    response text,
    constraint webhook_attempts_pkey primary key (agency_id, id),
    constraint webhook_attempts_agency_id_delivery_id_fkey foreign key (agency_id, delivery_id) references webhook_deliveries (agency_id, id) on delete cascade,
    constraint webhook_attempts_agency_id_delivery_id_number_key unique (agency_id, delivery_id, number)
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("webhook_endpoints", client="client_id")
        protect("events", client="client_id")
        protect("webhook_deliveries", client="client_id")
        protect("webhook_attempts", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("webhook_attempts", "webhook_deliveries", "events", "webhook_endpoints"):
            op.execute(f"drop table {table} cascade")
