"""What accounts should hold, how far they were compared, and the locks of those that differ."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007_reconciliation"
down_revision = "0006_resting_orders"
branch_labels = None
depends_on = None

SCHEMA = "execution"


def upgrade() -> None:
    op.create_table(
        "holdings",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.CheckConstraint("kind IN ('balance', 'position')", name="holdings_kind"),
        sa.PrimaryKeyConstraint("venue", "wallet", "kind", "name"),
        schema=SCHEMA,
    )
    op.create_table(
        "account_standings",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "tolerated_orders", JSONB(), nullable=False, comment="ids of foreign open orders that were acknowledged"
        ),
        sa.PrimaryKeyConstraint("venue"),
        schema=SCHEMA,
    )
    op.create_table(
        "locks",
        sa.Column("lock_id", sa.Uuid(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("differences", JSONB(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lock_id"),
        schema=SCHEMA,
    )
    op.create_index(
        "locks_open",
        "locks",
        ["venue"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("locks", schema=SCHEMA)
    op.drop_table("account_standings", schema=SCHEMA)
    op.drop_table("holdings", schema=SCHEMA)
