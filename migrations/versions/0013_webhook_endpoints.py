"""What an endpoint may ask for: headers, a rate, an order, signatures of its own; and when it is left alone for a while."""

from alembic import op

from migrations.tenancy import as_owner, in_turn

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = """
alter table webhook_endpoints add column header_names text[] default '{}' not null;
alter table webhook_endpoints add column headers_sealed bytea;
alter table webhook_endpoints add column rate_per_minute bigint;
alter table webhook_endpoints add column ordered boolean default false not null;
alter table webhook_endpoints add column signatures text[] default '{v1}' not null;
alter table webhook_endpoints add column public_key text;
alter table webhook_endpoints add column signing_key_sealed bytea;
alter table webhook_endpoints add column older_secrets_sealed bytea[] default '{}' not null;
alter table webhook_endpoints add column older_secrets_until timestamptz[] default '{}' not null;
alter table webhook_endpoints add column failures_in_row integer default 0 not null;
alter table webhook_endpoints add column circuit_until timestamptz;
alter table webhook_endpoints add column probing_until timestamptz;
alter table webhook_endpoints add column paced_at timestamptz;
alter table webhook_endpoints add column queued_until timestamptz;
alter table webhook_endpoints add column failing_notices integer default 0 not null;
alter table webhook_deliveries add column waiting_for text;
alter table webhook_deliveries add constraint webhook_deliveries_waiting_for_check check (waiting_for in ('order', 'circuit', 'rate'));
alter table events add column resource_id uuid;
create index webhook_deliveries_agency_id_endpoint_id_waiting_for_idx on webhook_deliveries (agency_id, endpoint_id, waiting_for) where waiting_for is not null;
create index webhook_attempts_agency_id_started_at_idx on webhook_attempts (agency_id, started_at);
create index events_agency_id_resource_id_position_idx on events (agency_id, resource_id, position);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(COLUMNS)


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop index webhook_attempts_agency_id_started_at_idx")
        op.execute("alter table events drop column resource_id")
        op.execute("alter table webhook_deliveries drop column waiting_for")
        op.execute(
            "alter table webhook_endpoints "
            + ", ".join(
                f"drop column {name}"
                for name in (
                    "failing_notices", "queued_until", "paced_at", "probing_until", "circuit_until", "failures_in_row",
                    "older_secrets_until", "older_secrets_sealed", "signing_key_sealed", "public_key", "signatures",
                    "ordered", "rate_per_minute", "headers_sealed", "header_names",
                )
            )
        )
