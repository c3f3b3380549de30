"""Which level of a client people were last told of."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table client_states add column told_level text default 'normal' not null")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table client_states drop column told_level")
