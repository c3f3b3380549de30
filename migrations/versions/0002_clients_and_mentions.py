"""What is watched for a client, and the mentions that come of it."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CREATED = (
    "client_states",
    "competitors",
    "monitored_accounts",
    "keywords",
    "keyword_versions",
    "posts",
    "post_keys",
    "post_batches",
    "mentions",
)

# A portal sees a post, or the wording of a keyword, through its own client's mentions and keywords; these
# look-ups run under row security themselves, and only in a portal's transaction.
OF_THE_PORTALS_MENTIONS = (
    "exists (select from mentions m where m.agency_id = posts.agency_id"
    " and m.published_at = posts.published_at and m.post_id = posts.id)"
)
OF_THE_PORTALS_KEYWORDS = (
    "exists (select from keywords k where k.agency_id = keyword_versions.agency_id"
    " and k.id = keyword_versions.keyword_id)"
)

TABLES = """
create table client_states (
    agency_id uuid not null,
    client_id uuid not null,
    level text default 'normal' not null,
    score real default 0 not null,
    dirty_from timestamptz,
    latest_bucket_at timestamptz,
    assessed_through timestamptz,
    assessed_at timestamptz,
    constraint client_states_pkey primary key (agency_id, client_id),
    constraint client_states_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create table competitors (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    name text not null,
    note text,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint competitors_pkey primary key (agency_id, id),
    constraint competitors_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
);
create index competitors_agency_id_client_id_created_at_id_idx on competitors (agency_id, client_id, created_at, id);
create table monitored_accounts (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    competitor_id uuid,
    platform text not null,
    handle text not null,
    kind text not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint monitored_accounts_pkey primary key (agency_id, id),
    constraint monitored_accounts_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint monitored_accounts_agency_id_competitor_id_fkey foreign key (agency_id, competitor_id) references competitors (agency_id, id) on delete cascade,
    constraint monitored_accounts_agency_id_client_id_platform_handle_key unique (agency_id, client_id, platform, handle),
    constraint monitored_accounts_kind_check check (kind in ('owned', 'competitor', 'executive', 'watched'))
);
create index monitored_accounts_agency_id_client_id_created_at_id_idx on monitored_accounts (agency_id, client_id, created_at, id);
create table keywords (
    agency_id uuid not null,
    id uuid not null,
    client_id uuid not null,
    name text not null,
    status text not null,
    current_version_id uuid not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint keywords_pkey primary key (agency_id, id),
    constraint keywords_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint keywords_status_check check (status in ('draft', 'active', 'paused'))
);
create index keywords_agency_id_client_id_created_at_id_idx on keywords (agency_id, client_id, created_at, id);
create table keyword_versions (
    agency_id uuid not null,
    id uuid not null,
    keyword_id uuid not null,
    number bigint not null,
    query text not null,
    must_match jsonb not null,
    must_not_match jsonb not null,
    created_by uuid,
    created_at timestamptz not null,
    constraint keyword_versions_pkey primary key (agency_id, id),
    constraint keyword_versions_agency_id_keyword_id_fkey foreign key (agency_id, keyword_id) references keywords (agency_id, id) on delete cascade,
    constraint keyword_versions_agency_id_keyword_id_number_key unique (agency_id, keyword_id, number)
);
create table posts (
    agency_id uuid not null,
    published_at timestamptz not null,
    id uuid not null,
    platform text not null,
    native_id text not null,
    author text,
    author_name text,
    followers bigint not null,
    title text,
    text text not null,
    lang text,
    url text,
    kind text not null,
    reply_to text,
    likes bigint not null,
    shares bigint not null,
    comments bigint not null,
    views bigint not null,
    reach bigint,
    more jsonb,
    received_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    constraint posts_pkey primary key (agency_id, published_at, id)
) partition by range (published_at);
create table post_keys (
    agency_id uuid not null,
    platform text not null,
    native_id text not null,
    post_id uuid,
    published_at timestamptz,
    constraint post_keys_pkey primary key (agency_id, platform, native_id)
);
create table post_batches (
    agency_id uuid not null,
    id uuid not null,
    post_ids uuid[] not null,
    published_from timestamptz not null,
    published_to timestamptz not null,
    size integer not null,
    attempts bigint default 0 not null,
    received_at timestamptz not null,
    constraint post_batches_pkey primary key (agency_id, id)
);
create table mentions (
    agency_id uuid not null,
    published_at timestamptz not null,
    id uuid not null,
    client_id uuid not null,
    post_id uuid not null,
    platform text not null,
    author_key bigint not null,
    text_key bigint not null,
    sentiment text not null,
    polarity real not null,
    toxicity real not null,
    complaint real not null,
    hoax_cue real not null,
    is_threat boolean not null,
    language text not null,
    reach bigint not null,
    engagement bigint not null,
    is_own boolean not null,
    is_counted boolean not null,
    keyword_ids uuid[] not null,
    keyword_version_ids uuid[] not null,
    account_ids uuid[] not null,
    reader_version text not null,
    created_at timestamptz not null,
    constraint mentions_pkey primary key (agency_id, published_at, id),
    constraint mentions_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade
) partition by range (published_at);
create index mentions_agency_id_client_id_published_at_id_idx on mentions (agency_id, client_id, published_at, id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("client_states", client="client_id")
        protect("competitors", client="client_id")
        protect("monitored_accounts", client="client_id")
        protect("keywords", client="client_id")
        protect("keyword_versions", for_portal=OF_THE_PORTALS_KEYWORDS)
        protect("posts", for_portal=OF_THE_PORTALS_MENTIONS, partitioned=True)
        protect("post_keys")
        protect("post_batches")
        protect("mentions", client="client_id", partitioned=True)


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("delete from partitioned_tables where name in ('posts', 'mentions')")
        for table in reversed(CREATED):
            op.execute(f"drop table {table} cascade")
