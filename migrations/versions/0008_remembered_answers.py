"""Answers to requests with an idempotency key, kept for a day."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
create table remembered_answers (
    agency_id uuid not null,
    id uuid not null,
    fingerprint bytea not null,
    status smallint,
    sealed bytea,
    expires_at timestamptz not null,
    constraint remembered_answers_pkey primary key (agency_id, id),
    constraint remembered_answers_agency_id_fkey foreign key (agency_id) references agencies (agency_id)
);
create index remembered_answers_agency_id_expires_at_idx on remembered_answers (agency_id, expires_at);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("remembered_answers")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table remembered_answers cascade")
