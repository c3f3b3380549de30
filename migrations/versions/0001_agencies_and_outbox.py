"""Agencies, their members and credentials, and the outbox."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = """
do $$
begin
    -- Roles belong to the whole server; another database of it may have made them.
    if not exists (select from pg_roles where rolname = 'siaga_owner') then create role siaga_owner nologin; end if;
    if not exists (select from pg_roles where rolname = 'siaga_app') then create role siaga_app nologin; end if;
    if not exists (select from pg_roles where rolname = 'siaga_relay') then create role siaga_relay nologin; end if;
exception when duplicate_object then null;
end $$;
grant siaga_owner, siaga_app, siaga_relay to current_user;
revoke create on schema public from public;
grant usage, create on schema public to siaga_owner;
grant usage on schema public to siaga_app, siaga_relay;
grant select on alembic_version to siaga_app;
"""

PARTITIONS = """
create table partitioned_tables (
    name text primary key,
    rule text not null
);
comment on table partitioned_tables is 'Tables cut by month, with the row security each new partition gets';
"""

# The app role may not make tables, yet a late post may need the partition of any month: this is the one door.
# A partition is made apart and then attached, which does not lock the parent against readers and writers.
ENSURE_MONTH = """
create function ensure_month(wanted date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $body$
declare
    month date := date_trunc('month', wanted);
    parent record;
    partition text;
begin
    if month < date '2005-01-01' or month > current_date + interval '2 months' then
        raise exception 'no partition is made for %', month using errcode = '22008';
    end if;
    perform pg_advisory_xact_lock(hashtext('siaga ensure_month'));
    for parent in select name, rule from public.partitioned_tables loop
        partition := parent.name || to_char(month, '_YYYY_MM');
        if to_regclass('public.' || partition) is null then
            execute format('create table public.%I (like public.%I including defaults including constraints)',
                partition, parent.name);
            execute format('alter table public.%I enable row level security', partition);
            execute format('alter table public.%I force row level security', partition);
            execute format('create policy of_agency on public.%I to siaga_app using (%s) with check (%s)',
                partition, parent.rule, parent.rule);
            execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)',
                parent.name, partition,
                to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
        end if;
    end loop;
end $body$
"""

ENSURE_MONTH_GRANTS = """
revoke all on function ensure_month(date) from public;
grant execute on function ensure_month(date) to siaga_app;
"""

TABLES = """
create table agencies (
    agency_id uuid not null,
    name text not null,
    slug text not null,
    matching_revision bigint default 0 not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint agencies_pkey primary key (agency_id),
    constraint agencies_slug_key unique (slug)
);
create table members (
    agency_id uuid not null,
    id uuid not null,
    email text not null,
    name text not null,
    role text not null,
    password_hash text not null,
    disabled_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint members_pkey primary key (agency_id, id),
    constraint members_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint members_agency_id_email_key unique (agency_id, email),
    constraint members_role_check check (role in ('owner', 'admin', 'responder', 'analyst', 'read_only'))
);
create index members_email_idx on members (email);
create table refresh_tokens (
    agency_id uuid not null,
    id uuid not null,
    member_id uuid not null,
    family_id uuid not null,
    token_hash bytea not null,
    issued_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz,
    constraint refresh_tokens_pkey primary key (agency_id, id),
    constraint refresh_tokens_agency_id_member_id_fkey foreign key (agency_id, member_id) references members (agency_id, id) on delete cascade
);
create index refresh_tokens_agency_id_family_id_idx on refresh_tokens (agency_id, family_id);
create index refresh_tokens_agency_id_member_id_idx on refresh_tokens (agency_id, member_id);
create table clients (
    agency_id uuid not null,
    id uuid not null,
    kind text not null,
    name text not null,
    sector text,
    risk_tier text not null,
    time_zone text not null,
    languages text[] not null,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint clients_pkey primary key (agency_id, id),
    constraint clients_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint clients_kind_check check (kind in ('company', 'public_figure', 'institution', 'person')),
    constraint clients_risk_tier_check check (risk_tier in ('low', 'standard', 'high'))
);
create index clients_agency_id_created_at_id_idx on clients (agency_id, created_at, id);
create table api_keys (
    agency_id uuid not null,
    id uuid not null,
    name text not null,
    role text not null,
    client_id uuid,
    public_id text not null,
    secret_hash bytea not null,
    scopes text[] not null,
    created_by uuid,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    version bigint default 1 not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint api_keys_pkey primary key (agency_id, id),
    constraint api_keys_agency_id_fkey foreign key (agency_id) references agencies (agency_id),
    constraint api_keys_agency_id_client_id_fkey foreign key (agency_id, client_id) references clients (agency_id, id) on delete cascade,
    constraint api_keys_agency_id_public_id_key unique (agency_id, public_id),
    constraint api_keys_portal_check check ((client_id is not null) = (role = 'portal_viewer'))
);
create index api_keys_public_id_idx on api_keys (public_id);
create table outbox (
    agency_id uuid not null,
    id uuid not null,
    type text not null,
    subject_id uuid not null,
    payload jsonb not null,
    occurred_at timestamptz not null,
    available_at timestamptz not null,
    leased_until timestamptz,
    attempts bigint default 0 not null,
    constraint outbox_pkey primary key (agency_id, id)
);
create index outbox_agency_id_available_at_idx on outbox (agency_id, available_at);
create index outbox_agency_id_type_subject_id_idx on outbox (agency_id, type, subject_id);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    in_turn(ROLES)
    with as_owner():
        in_turn(TABLES)
        in_turn(PARTITIONS)
        op.execute(ENSURE_MONTH)
        in_turn(ENSURE_MONTH_GRANTS)
        protect("agencies", seen_by_relay="select", for_portal="true")
        protect("members", seen_by_relay="select")
        protect("refresh_tokens")
        protect("clients", client="id")
        protect("api_keys", seen_by_relay="select")
        protect("outbox", seen_by_relay="select, update")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("drop function ensure_month(date)")
        for table in ("outbox", "api_keys", "clients", "refresh_tokens", "members", "agencies", "partitioned_tables"):
            op.execute(f"drop table {table} cascade")
