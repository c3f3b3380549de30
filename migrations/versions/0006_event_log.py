"""Events are numbered in the order in which they are committed; the outbox knows the request behind a row."""

from alembic import op

from migrations.tenancy import as_owner, in_turn, protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = """
create table event_counters (
    agency_id uuid not null,
    id uuid not null,
    last bigint not null,
    constraint event_counters_pkey primary key (agency_id, id)
);
alter table events add column position bigint;
alter table events add column sequence bigint;
alter table outbox add column request_id text;
alter table outbox add column traceparent text;
"""

# Events of before get the order of their time; what the release before still writes is numbered by a job.
NUMBERS = """
update events e set position = n.position from (
    select agency_id, id, row_number() over (partition by agency_id order by occurred_at, id) as position from events
) n where e.agency_id = n.agency_id and e.id = n.id;
update events e set sequence = n.sequence from (
    select agency_id, id, row_number() over (partition by agency_id, client_id order by occurred_at, id) as sequence
    from events where client_id is not null and type like 'incident.%%'
) n where e.agency_id = n.agency_id and e.id = n.id;
insert into event_counters (agency_id, id, last)
    select agency_id, agency_id, max(position) from events group by agency_id
    union all
    select agency_id, client_id, max(sequence) from events where sequence is not null group by agency_id, client_id;
create index events_agency_id_position_idx on events (agency_id, position);
create index events_agency_id_client_id_position_idx on events (agency_id, client_id, position);
"""


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        in_turn(COLUMNS)
        # Row security is forced on the owner too, and this once it looks at every agency.
        op.execute("alter table events no force row level security")
        in_turn(NUMBERS)
        op.execute("alter table events force row level security")
        protect("event_counters")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table outbox drop column traceparent, drop column request_id")
        op.execute("alter table events drop column sequence, drop column position")
        op.execute("drop table event_counters")
