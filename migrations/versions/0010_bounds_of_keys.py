"""Networks, second secrets and bounds of API keys; incidents that are opened to one outside expert."""

from alembic import op

from migrations.tenancy import AGENCY, CLIENT, as_owner, in_turn

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS = """
alter table api_keys
    add column incident_id uuid,
    add column previous_secret_hash bytea,
    add column previous_until timestamptz,
    add column allowed_networks text[] default '{}' not null;
alter table api_keys drop constraint api_keys_portal_check;
alter table api_keys add constraint api_keys_bound_check check (
    (role <> 'portal_viewer' or client_id is not null) and (role = 'outside_expert') = (incident_id is not null)
) not valid;
alter table api_keys add constraint api_keys_agency_id_incident_id_fkey
    foreign key (agency_id, incident_id) references incidents (agency_id, id) on delete cascade not valid;
alter table api_keys validate constraint api_keys_bound_check;
alter table api_keys validate constraint api_keys_agency_id_incident_id_fkey;
"""

# Whoever is bound to an incident names a client that is nobody's, so that every table is closed as it is to a portal
# of another client; these two open one incident to be read, and nothing to be written.
INCIDENT = "nullif(current_setting('app.incident_id', true), '')::uuid"
OPENED = {"incidents": "id", "incident_entries": "incident_id"}

BACK = """
delete from api_keys where role = 'outside_expert' or (client_id is not null and role <> 'portal_viewer');
alter table api_keys drop constraint api_keys_bound_check;
alter table api_keys add constraint api_keys_portal_check check ((client_id is not null) = (role = 'portal_viewer'));
alter table api_keys drop column incident_id, drop column previous_secret_hash, drop column previous_until,
    drop column allowed_networks;
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(COLUMNS)
        for table, column in OPENED.items():
            seen = f"{CLIENT} is null or client_id = {CLIENT} or {column} = {INCIDENT}"
            op.execute(f"alter policy of_agency on {table} using (agency_id = {AGENCY} and ({seen}))")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in OPENED:
            seen = f"{CLIENT} is null or client_id = {CLIENT}"
            op.execute(f"alter policy of_agency on {table} using (agency_id = {AGENCY} and ({seen}))")
        op.execute("alter table api_keys no force row level security")
        in_turn(BACK)
        op.execute("alter table api_keys force row level security")
