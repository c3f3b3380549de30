"""Of which bucket a client's level and score are, apart from how far its history is assessed."""

from alembic import op

from migrations.tenancy import as_owner

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table client_states add column stands_at timestamptz")
        # Row security is forced on the owner too, and this once it looks at every agency.
        op.execute("alter table client_states no force row level security")
        op.execute("update client_states set stands_at = assessed_through where assessed_through is not null")
        op.execute("alter table client_states force row level security")


def downgrade() -> None:
    op.execute("set local lock_timeout = '3s'")
    op.execute("set local statement_timeout = '5min'")
    with as_owner():
        op.execute("alter table client_states drop column stands_at")
