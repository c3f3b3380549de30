"""Invitations of members, and the identity providers through which they may sign in."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
create table invitations (
    agency_id uuid not null,
    id uuid not null,
    email text not null,
    role text not null,
    token_hash bytea not null,
    invited_by uuid,
    member_id uuid,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    revoked_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint invitations_pkey primary key (agency_id, id),
    constraint invitations_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint invitations_role_check check (role in ('owner', 'admin', 'responder', 'analyst', 'read_only'))
);
create index invitations_agency_id_created_at_id_idx on invitations (agency_id, created_at, id);
create unique index invitations_one_open_idx on invitations (agency_id, email)
    where accepted_at is null and revoked_at is null;
create table identity_providers (
    agency_id uuid not null,
    id uuid not null,
    name text not null,
    issuer text not null,
    application_id text not null,
    secret_sealed bytea,
    redirect_uris text[] not null,
    is_enabled boolean not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint identity_providers_pkey primary key (agency_id, id),
    constraint identity_providers_agency_id_fkey foreign key (agency_id) references agencies (agency_id)
);
create index identity_providers_agency_id_created_at_id_idx on identity_providers (agency_id, created_at, id);
create table member_identities (
    agency_id uuid not null,
    id uuid not null,
    provider_id uuid not null,
    subject text not null,
    member_id uuid not null,
    created_at timestamptz not null,
    constraint member_identities_pkey primary key (agency_id, id),
    constraint member_identities_agency_id_provider_id_fkey foreign key (agency_id, provider_id) references identity_providers (agency_id, id) on delete cascade,
    constraint member_identities_agency_id_member_id_fkey foreign key (agency_id, member_id) references members (agency_id, id) on delete cascade,
    constraint member_identities_agency_id_provider_id_subject_key unique (agency_id, provider_id, subject),
    constraint member_identities_agency_id_provider_id_member_id_key unique (agency_id, provider_id, member_id)
);
"""
MADE = ("member_identities", "identity_providers", "invitations")


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(TABLES)
        protect("invitations")
        protect("identity_providers", seen_by_relay="select")
        protect("member_identities")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        for table in MADE:
            op.execute(f"drop table {table} cascade")
