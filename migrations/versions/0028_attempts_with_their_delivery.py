"""Attempts are kept with their delivery: one row is written where there were two."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table webhook_deliveries add column attempts jsonb default '[]' not null")
        # Room on each page for rows that grow by an answer: else an index entry is written for each that is settled.
        op.execute("alter table webhook_deliveries set (fillfactor = 30)")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table webhook_deliveries drop column attempts")
        op.execute("alter table webhook_deliveries set (fillfactor = 50)")
