"""Blind samples of a month's mentions, labelled by people who do not see what the reader said."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = """
create table sentiment_samples (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    month date not null,
    seed bigint not null,
    size integer not null,
    labelled integer default 0 not null,
    result jsonb,
    created_by uuid not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint sentiment_samples_pkey primary key (agency_id, id),
    constraint sentiment_samples_agency_id_client_id_month_key unique (agency_id, client_id, month),
    constraint sentiment_samples_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create index sentiment_samples_agency_id_created_at_id_idx on sentiment_samples (agency_id, created_at, id);
create table sentiment_sample_items (
    agency_id uuid not null,
    id uuid not null,
    sample_id uuid not null,
    client_id uuid not null,
    post_id uuid not null,
    published_at timestamptz not null,
    machine_sentiment text not null,
    reader_version text not null,
    label text,
    labelled_by uuid,
    labelled_at timestamptz,
    constraint sentiment_sample_items_pkey primary key (agency_id, id),
    constraint sentiment_sample_items_agency_id_sample_id_fkey foreign key (agency_id, sample_id) references sentiment_samples (agency_id, id) on delete cascade,
    constraint sentiment_sample_items_label_check check (label in ('negative', 'neutral', 'positive', 'unclear'))
);
create index sentiment_sample_items_agency_id_sample_id_id_idx on sentiment_sample_items (agency_id, sample_id, id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("sentiment_samples", client="client_id")
        protect("sentiment_sample_items", client="client_id")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in ("sentiment_sample_items", "sentiment_samples"):
            op.execute(f"drop table {table}")
