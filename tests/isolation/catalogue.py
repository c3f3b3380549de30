"""What the live catalogue of PostgreSQL says against the rules of tenancy, one sentence a hole."""

from collections.abc import Callable, Coroutine
from typing import Any

import asyncpg

OWN = "(agency_id = (NULLIF(current_setting('app.agency_id'::text, true), ''::text))::uuid)"
# Tables that belong to no agency, and what the app role may do with them.
COMMON = {"alembic_version": {"SELECT"}, "partitioned_tables": set[str]()}
# The one unique constraint across agencies: a short name is what a person types before any agency is known. It is
# given by the operator's command, never through the API, so it tells nobody anything.
ACROSS_AGENCIES = {"agencies_slug_key"}
APP_MAY = {"SELECT", "INSERT", "UPDATE", "DELETE"}
# What nobody may change, or forget: the audit log, and what holds it together.
APP_MAY_LESS = {
    "audit_entries": {"SELECT", "INSERT"},
    "audit_heads": {"SELECT", "INSERT", "UPDATE"},
    "audit_keys": {"SELECT", "INSERT", "DELETE"},
}
RELAY_MAY = {
    "agencies": {"SELECT"},
    "api_keys": {"SELECT"},
    "identity_providers": {"SELECT"},
    "members": {"SELECT"},
    "outbox": {"SELECT", "UPDATE"},
}

_OURS = "n.nspname !~ '^pg_(catalog|toast)' and n.nspname <> 'information_schema'"
_TABLES = f"""
    select c.oid, c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
        c.relispartition as is_partition,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'agency_id') as is_tenants
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and {_OURS}
"""
_POLICIES = """
    select tablename as table, roles, cmd, permissive, qual, with_check from pg_policies order by tablename, policyname
"""
_UNIQUE = f"""
    select i.relname as name, c.relname as table, a.attname as first
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
    where (x.indisunique or x.indisprimary or x.indisexclusion) and {_OURS}
"""
_WITHOUT_KEY = f"""
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and {_OURS}
    and not exists (select from pg_index x where x.indrelid = c.oid and x.indisprimary)
"""
_REFERENCES = f"""
    select k.conname as name, a.attname as first, f.attname as first_there
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    join pg_attribute f on f.attrelid = k.confrelid and f.attnum = k.confkey[1]
    where k.contype = 'f' and {_OURS}
"""
_ROLES = """
    select rolname as name, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as is_strong,
        exists (select from pg_auth_members m where m.member = r.oid) as is_member,
        (select count(*) from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
            and d.deptype = 'o') as owned,
        exists (select from pg_namespace n where has_schema_privilege(r.oid, n.oid, 'create')) or
            has_database_privilege(r.oid, current_database(), 'create') as may_create
    from pg_roles r where rolname in ('siaga_app', 'siaga_relay')
"""
_GRANTS = f"""
    select c.relname as name, c.relispartition as is_partition, coalesce(r.rolname, 'PUBLIC') as role,
        array_agg(g.privilege_type::text) as rights
    from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral aclexplode(c.relacl) g
    left join pg_roles r on r.oid = g.grantee
    where {_OURS} and g.grantee <> c.relowner and coalesce(r.rolname, 'PUBLIC') in ('siaga_app', 'siaga_relay', 'PUBLIC')
    group by 1, 2, 3
"""
_BY_COLUMN = f"""
    select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace where a.attacl is not null and {_OURS}
"""
_OTHERS = f"""
    select c.relname as name, c.relkind::text as kind, coalesce(c.reloptions, '{{}}') as options
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm', 'S', 'f') and {_OURS}
"""
_FUNCTIONS = f"""
    select p.proname as name, p.prosecdef as as_owner, coalesce(p.proconfig, '{{}}') as config,
        has_function_privilege('public', p.oid, 'execute') as for_all
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {_OURS}
"""

Connection = asyncpg.Connection
Check = Callable[[Connection], Coroutine[Any, Any, list[str]]]


async def holes(connection: Connection) -> list[str]:
    """Every way in which the database breaks the rules."""
    checks: tuple[Check, ...] = (_tables, _policies, _keys, _references, _roles, _grants, _others, _functions)
    return [hole for check in checks for hole in await check(connection)]


async def tenant_tables(connection: Connection, *, partitions: bool = False) -> list[str]:
    """Tables whose rows belong to an agency, in the order of their names."""
    rows = await connection.fetch(_TABLES)
    return sorted(r["name"] for r in rows if r["is_tenants"] and (partitions or not r["is_partition"]))


async def _tables(connection: Connection) -> list[str]:
    found: list[str] = []
    for table in await connection.fetch(_TABLES):
        if not table["is_tenants"] and table["name"] not in COMMON:
            found.append(f"{table['name']} has no agency_id")
        if table["is_tenants"] and not (table["enabled"] and table["forced"]):
            found.append(f"{table['name']} has no forced row security")
    return found


async def _policies(connection: Connection) -> list[str]:
    policed: set[str] = set()
    found: list[str] = []
    for policy in await connection.fetch(_POLICIES):
        table, roles = policy["table"], set(policy["roles"])
        if roles == {"siaga_relay"} and table in RELAY_MAY:
            continue
        rules = (policy["qual"], policy["with_check"])
        is_own = all(rule is not None and (rule == OWN or rule.startswith(f"({OWN} AND ")) for rule in rules)
        if roles != {"siaga_app"} or policy["cmd"] != "ALL" or not is_own:
            found.append(f"{table} has a policy that lets others in")
        policed.add(table)
    unpoliced = set(await tenant_tables(connection, partitions=True)) - policed
    return found + [f"{table} has no policy" for table in sorted(unpoliced)]


async def _keys(connection: Connection) -> list[str]:
    tenants = set(await tenant_tables(connection, partitions=True))
    found = [
        f"{index['name']} does not begin with agency_id"
        for index in await connection.fetch(_UNIQUE)
        if index["table"] in tenants and index["first"] != "agency_id" and index["name"] not in ACROSS_AGENCIES
    ]
    return found + [f"{row['relname']} has no primary key" for row in await connection.fetch(_WITHOUT_KEY)]


async def _references(connection: Connection) -> list[str]:
    return [
        f"{each['name']} does not begin with agency_id"
        for each in await connection.fetch(_REFERENCES)
        if (each["first"], each["first_there"]) != ("agency_id", "agency_id")
    ]


async def _roles(connection: Connection) -> list[str]:
    found: list[str] = []
    for role in await connection.fetch(_ROLES):
        if role["is_strong"] or role["is_member"]:
            found.append(f"{role['name']} is more than a plain role")
        if role["owned"]:
            found.append(f"{role['name']} owns something")
        if role["may_create"]:
            found.append(f"{role['name']} may create")
    return found


async def _grants(connection: Connection) -> list[str]:
    found: list[str] = []
    relay: dict[str, set[str]] = {}
    for grant in await connection.fetch(_GRANTS):
        name, rights = grant["name"], set(grant["rights"])
        if grant["role"] == "siaga_relay":
            relay[name] = rights
        elif grant["role"] == "PUBLIC":
            found.append(f"{name} is granted to everybody")
        elif grant["is_partition"]:
            found.append(f"{name} can be read by its own name")
        elif not rights <= (COMMON | APP_MAY_LESS).get(name, APP_MAY):
            found.append(f"siaga_app may {', '.join(sorted(rights))} on {name}")
    if relay != RELAY_MAY:
        found.append(f"siaga_relay sees other things than it should: {relay}")
    return found + [f"{row['name']} is granted by column" for row in await connection.fetch(_BY_COLUMN)]


async def _others(connection: Connection) -> list[str]:
    kinds = {"m": "is a materialised view", "S": "is a sequence", "f": "is a foreign table"}
    found = [
        f"{each['name']} {kinds.get(each['kind'], 'is a view that does not ask as its caller')}"
        for each in await connection.fetch(_OTHERS)
        if each["kind"] in kinds or "security_invoker=true" not in each["options"]
    ]
    if await connection.fetchval("select count(*) from pg_default_acl"):
        found.append("grants are given to what is yet to be made")
    return found


async def _functions(connection: Connection) -> list[str]:
    found: list[str] = []
    for function in await connection.fetch(_FUNCTIONS):
        if function["as_owner"] and not any(line.startswith("search_path=") for line in function["config"]):
            found.append(f"{function['name']} has no fixed search_path")
        if function["as_owner"] and function["for_all"]:
            found.append(f"{function['name']} may be executed by everybody")
    return found
