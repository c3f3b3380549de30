"""Which mentions a crawl brought that was cut off, and the buckets whose counts are therefore a minimum."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table mentions add column is_capped boolean default false not null")
        op.execute("alter table client_buckets add column capped integer default 0 not null")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table client_buckets drop column capped")
        op.execute("alter table mentions drop column is_capped")
