"""What words mean to a client."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
create table client_lexicons (
    agency_id uuid not null,
    id uuid not null,
    terms jsonb not null,
    updated_by uuid not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint client_lexicons_pkey primary key (agency_id, id),
    constraint client_lexicons_agency_id_id_fkey foreign key (agency_id, id) references clients (agency_id, id) on delete cascade
);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("client_lexicons", client="id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table client_lexicons")
