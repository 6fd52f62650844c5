"""What a result is made of, and contracts that settle in what they are of."""

revision = "0014_result_split"
down_revision = "0013_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
