"""Room on each page for a row that is held, and then settled: no index is written for it."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHANGED_OFTEN = ("webhook_deliveries", "outbox")


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    with as_owner():
        for table in CHANGED_OFTEN:
            op.execute(f"alter table {table} set (fillfactor = 50)")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    with as_owner():
        for table in CHANGED_OFTEN:
            op.execute(f"alter table {table} reset (fillfactor)")
