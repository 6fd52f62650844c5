"""Plans of weights, their trades and why."""

revision = "0017_rebalancing"
down_revision = "0016_phases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
