"""One row a schema that says which process may write there, and until which epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0009_lease"
down_revision = "0008_acknowledgements"
branch_labels = None
depends_on = None

SCHEMAS = ("risk", "signals", "execution", "portfolio")


def upgrade() -> None:
    for schema in SCHEMAS:
        op.create_table(
            "lease",
            sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("holder", sa.Text(), nullable=False),
            sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("epoch"),
            schema=schema,
        )


def downgrade() -> None:
    for schema in reversed(SCHEMAS):
        op.drop_table("lease", schema=schema)
