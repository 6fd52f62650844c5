"""What refused packages would have made, and what funding was predicted to be."""

revision = "0015_hindsight"
down_revision = "0014_result_split"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
