"""Orders may rest until a deadline and be asked to go; a mandate counts what it has told."""

import sqlalchemy as sa
from alembic import op

revision = "0006_resting_orders"
down_revision = "0005_portfolio"
branch_labels = None
depends_on = None

SCHEMA = "execution"


def upgrade() -> None:
    op.add_column("orders", sa.Column("style", sa.Text(), nullable=False, server_default="ioc"), schema=SCHEMA)
    op.alter_column("orders", "style", server_default=None, schema=SCHEMA)
    op.add_column("orders", sa.Column("rest_until", sa.DateTime(timezone=True)), schema=SCHEMA)
    op.add_column("orders", sa.Column("cancel_asked_at", sa.DateTime(timezone=True)), schema=SCHEMA)
    op.create_check_constraint("orders_style", "orders", "style IN ('ioc', 'post_only')", schema=SCHEMA)
    op.create_check_constraint(
        "orders_rest", "orders", "(style = 'post_only') = (rest_until IS NOT NULL)", schema=SCHEMA
    )
    op.add_column("approvals", sa.Column("told", sa.Integer(), nullable=False, server_default="0"), schema=SCHEMA)
    # What ended or was locked before has told of it once at most.
    op.execute("UPDATE execution.approvals SET told = 1 WHERE status = 'done' OR locked_at IS NOT NULL")
    op.alter_column("approvals", "told", server_default=None, schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("approvals", "told", schema=SCHEMA)
    op.drop_constraint("orders_rest", "orders", schema=SCHEMA)
    op.drop_constraint("orders_style", "orders", schema=SCHEMA)
    for column in ("cancel_asked_at", "rest_until", "style"):
        op.drop_column("orders", column, schema=SCHEMA)
