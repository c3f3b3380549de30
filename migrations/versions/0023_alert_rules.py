"""Alert rules of agencies, and the alerts that they gave."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = """
create table alert_rules (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    name text not null,
    kind text not null,
    keyword_id uuid,
    account_id uuid,
    threshold double precision not null,
    window_minutes integer not null,
    cooldown_minutes integer not null,
    is_enabled boolean not null,
    last_fired_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint alert_rules_pkey primary key (agency_id, id),
    constraint alert_rules_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint alert_rules_agency_id_keyword_id_fkey foreign key (agency_id, keyword_id) references keywords (agency_id, id) on delete cascade,
    constraint alert_rules_agency_id_account_id_fkey foreign key (agency_id, account_id) references monitored_accounts (agency_id, id) on delete cascade,
    constraint alert_rules_kind_check check (kind in ('volume', 'negative_count', 'negative_share', 'reach', 'keyword', 'author', 'score'))
);
create index alert_rules_agency_id_client_id_created_at_id_idx on alert_rules (agency_id, client_id, created_at, id);
create index alert_rules_agency_id_created_at_id_idx on alert_rules (agency_id, created_at, id);
create table alerts (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    rule_id uuid not null,
    rule_name text not null,
    kind text not null,
    at timestamptz not null,
    observed double precision not null,
    threshold double precision not null,
    window_minutes integer not null,
    held_by text,
    triggered_at timestamptz not null,
    constraint alerts_pkey primary key (agency_id, id),
    constraint alerts_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint alerts_kind_check check (kind in ('volume', 'negative_count', 'negative_share', 'reach', 'keyword', 'author', 'score'))
);
create index alerts_agency_id_client_id_triggered_at_id_idx on alerts (agency_id, client_id, triggered_at, id);
create index alerts_agency_id_triggered_at_id_idx on alerts (agency_id, triggered_at, id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("alert_rules", client="client_id")
        protect("alerts", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("alerts", "alert_rules"):
            op.execute(f"drop table {table}")
