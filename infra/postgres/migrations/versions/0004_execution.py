"""Execution: approvals used, packages, orders, fills, incomes and account openings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004_execution"
down_revision = "0003_signals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSchema("execution"))
    op.create_table(
        "account_openings",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("venue"),
        schema="execution",
    )
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("approved", JSONB(), nullable=False, comment="the message as it came, signature included"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'working') = (ended_at IS NULL)", name="approvals_end"),
        sa.CheckConstraint("status IN ('working', 'done', 'refused')", name="approvals_status"),
        sa.PrimaryKeyConstraint("approval_id"),
        schema="execution",
    )
    op.create_index(
        "approvals_working",
        "approvals",
        ["status"],
        unique=False,
        schema="execution",
        postgresql_where=sa.text("status = 'working'"),
    )
    op.create_index("ix_execution_approvals_expires_at", "approvals", ["expires_at"], unique=False, schema="execution")
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
        schema="execution",
    )
    op.create_index("ix_execution_inbox_taken_at", "inbox", ["taken_at"], unique=False, schema="execution")
    op.create_table(
        "incomes",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("income_id", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_reported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "income_id"),
        schema="execution",
    )
    op.create_index("incomes_recent", "incomes", ["venue", "paid_at"], unique=False, schema="execution")
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("message_id"),
        schema="execution",
    )
    op.create_table(
        "packages",
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("long_instrument", JSONB(), nullable=False),
        sa.Column("short_instrument", JSONB(), nullable=False),
        sa.Column("long_held", sa.Numeric(), nullable=False),
        sa.Column("short_held", sa.Numeric(), nullable=False),
        sa.CheckConstraint(
            "state IN ('opening', 'open', 'closing', 'closed', 'aborted', 'halted')", name="packages_state"
        ),
        sa.PrimaryKeyConstraint("package_id"),
        schema="execution",
    )
    op.create_table(
        "orders",
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("limit_price", sa.Numeric(), nullable=False),
        sa.Column("decision_price", sa.Numeric(), nullable=False),
        sa.Column("reduce_only", sa.Boolean(), nullable=False),
        sa.Column("intended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("filled_quantity", sa.Numeric(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("purpose IN ('leg', 'unwind')", name="orders_purpose"),
        sa.CheckConstraint("role IN ('long_leg', 'short_leg')", name="orders_role"),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="orders_side"),
        sa.CheckConstraint(
            "state IN ('intended', 'unknown', 'resting', 'settling', 'final', 'void')", name="orders_state"
        ),
        sa.CheckConstraint("quantity > 0 AND limit_price > 0", name="orders_terms"),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["execution.approvals.approval_id"],
        ),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["execution.packages.package_id"],
        ),
        sa.PrimaryKeyConstraint("client_order_id"),
        schema="execution",
    )
    op.create_index("ix_execution_orders_approval_id", "orders", ["approval_id"], unique=False, schema="execution")
    op.create_table(
        "fills",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.Text(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("fee", sa.Numeric(), nullable=False),
        sa.Column("fee_currency", sa.Text(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="fills_side"),
        sa.CheckConstraint("quantity > 0 AND price > 0", name="fills_terms"),
        sa.ForeignKeyConstraint(
            ["client_order_id"],
            ["execution.orders.client_order_id"],
        ),
        sa.PrimaryKeyConstraint("venue", "symbol", "trade_id"),
        schema="execution",
    )
    op.create_index(
        "ix_execution_fills_client_order_id", "fills", ["client_order_id"], unique=False, schema="execution"
    )


def downgrade() -> None:
    op.drop_table("fills", schema="execution")
    op.drop_table("orders", schema="execution")
    op.drop_table("packages", schema="execution")
    op.drop_table("outbox", schema="execution")
    op.drop_table("incomes", schema="execution")
    op.drop_table("inbox", schema="execution")
    op.drop_table("approvals", schema="execution")
    op.drop_table("account_openings", schema="execution")
    op.execute(sa.schema.DropSchema("execution"))
