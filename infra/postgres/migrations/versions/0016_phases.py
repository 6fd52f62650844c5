"""The phase that the desk is in, and the events that its gates are measured by."""

revision = "0016_phases"
down_revision = "0015_hindsight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
