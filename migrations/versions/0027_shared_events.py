"""Of which incidents it was said that other brands have risen with them."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table incidents add column is_shared boolean default false not null")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table incidents drop column is_shared")
