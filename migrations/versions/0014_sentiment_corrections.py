"""What people say of a mention's sentiment, beside what the reader says, and how sure the reader was."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = """
alter table mentions add column p_neutral real, add column machine_sentiment text, add column corrected_by uuid;
create table sentiment_corrections (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    post_id uuid not null,
    published_at timestamptz not null,
    sentiment text not null,
    machine_sentiment text not null,
    reader_version text not null,
    language text not null,
    corrected_by uuid not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint sentiment_corrections_pkey primary key (agency_id, id),
    constraint sentiment_corrections_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint sentiment_corrections_sentiment_check check (sentiment in ('negative', 'neutral', 'positive'))
);
create index sentiment_corrections_agency_id_created_at_id_idx on sentiment_corrections (agency_id, created_at, id);
create index sentiment_corrections_agency_id_client_id_published_at_idx on sentiment_corrections (agency_id, client_id, published_at);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("sentiment_corrections", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop table sentiment_corrections")
        op.execute("alter table mentions drop column corrected_by, drop column machine_sentiment, drop column p_neutral")
