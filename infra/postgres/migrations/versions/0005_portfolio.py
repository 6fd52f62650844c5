"""The portfolio's schema: the ledger, the packages, what the desk was worth, candles and correlations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005_portfolio"
down_revision = "0004_execution"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"


def upgrade() -> None:
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    _create_messages()
    _create_packages()
    _create_accounts()
    _create_history()


def downgrade() -> None:
    op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def _create_messages() -> None:
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_portfolio_inbox_taken_at"), "inbox", ["taken_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("message_id"),
        schema=SCHEMA,
    )


def _create_packages() -> None:
    op.create_table(
        "packages",
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=True, comment="null until the first report that names it"),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fill_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("realised_pnl_usd", sa.Numeric(), nullable=False),
        sa.Column("funding_usd", sa.Numeric(), nullable=False),
        sa.Column("fees_usd", sa.Numeric(), nullable=False),
        sa.Column("slippage_usd", sa.Numeric(), nullable=False),
        sa.Column("settled_approvals", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("halted_approval", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'aborted')) = (closed_at IS NOT NULL)", name="packages_end_with_a_time"
        ),
        sa.CheckConstraint(
            "state IN ('opening', 'open', 'closing', 'closed', 'aborted', 'halted')", name="packages_state_is_known"
        ),
        sa.PrimaryKeyConstraint("package_id"),
        schema=SCHEMA,
    )
    op.create_index("packages_by_end", "packages", ["closed_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "package_legs",
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.Column("peak_quantity", sa.Numeric(), nullable=False),
        sa.CheckConstraint("role IN ('long_leg', 'short_leg')", name="package_legs_role_is_known"),
        sa.CheckConstraint("peak_quantity >= abs(quantity)", name="package_legs_never_beyond_their_peak"),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["portfolio.packages.package_id"],
        ),
        sa.PrimaryKeyConstraint("package_id", "role"),
        schema=SCHEMA,
    )
    op.create_table(
        "fills",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("decision_price", sa.Numeric(), nullable=False),
        sa.Column("fee", sa.Numeric(), nullable=False),
        sa.Column("fee_currency", sa.Text(), nullable=False),
        sa.Column("fee_usd", sa.Numeric(), nullable=False),
        sa.Column("realised_pnl_usd", sa.Numeric(), nullable=False),
        sa.Column("slippage_usd", sa.Numeric(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('open', 'close')", name="fills_action_is_known"),
        sa.CheckConstraint("purpose IN ('leg', 'unwind')", name="fills_purpose_is_known"),
        sa.CheckConstraint("role IN ('long_leg', 'short_leg')", name="fills_role_is_known"),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="fills_side_is_known"),
        sa.CheckConstraint("quantity > 0 AND price > 0", name="fills_are_of_something"),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["portfolio.packages.package_id"],
        ),
        sa.PrimaryKeyConstraint("venue", "symbol", "trade_id"),
        schema=SCHEMA,
    )
    op.create_index("fills_by_market_and_time", "fills", ["venue", "symbol", "filled_at"], unique=False, schema=SCHEMA)
    op.create_index("fills_by_package", "fills", ["package_id"], unique=False, schema=SCHEMA)
    op.create_index("fills_by_time", "fills", ["filled_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "funding_payments",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("income_id", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False, comment="positive: received"),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_usd", sa.Numeric(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("venue", "symbol", "income_id"),
        schema=SCHEMA,
    )
    op.create_index("funding_payments_by_time", "funding_payments", ["paid_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "funding_shares",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("income_id", sa.Text(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("amount_usd", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["portfolio.packages.package_id"],
        ),
        sa.ForeignKeyConstraint(
            ["venue", "symbol", "income_id"],
            [
                "portfolio.funding_payments.venue",
                "portfolio.funding_payments.symbol",
                "portfolio.funding_payments.income_id",
            ],
        ),
        sa.PrimaryKeyConstraint("venue", "symbol", "income_id", "package_id"),
        schema=SCHEMA,
    )
    op.create_index("funding_shares_by_package", "funding_shares", ["package_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "asset_totals",
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("realised_pnl_usd", sa.Numeric(), nullable=False),
        sa.Column("funding_usd", sa.Numeric(), nullable=False),
        sa.Column("fees_usd", sa.Numeric(), nullable=False),
        sa.Column("slippage_usd", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("asset"),
        schema=SCHEMA,
    )
    op.create_table(
        "dust",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "symbol"),
        schema=SCHEMA,
    )


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("margin_balance_usd", sa.Numeric(), nullable=False),
        sa.Column("initial_margin_usd", sa.Numeric(), nullable=False),
        sa.Column("maintenance_margin_usd", sa.Numeric(), nullable=False),
        sa.Column("residual_usd", sa.Numeric(), nullable=False),
        sa.Column("is_alerting", sa.Boolean(), nullable=False),
        sa.CheckConstraint("residual_usd >= 0", name="accounts_residual_is_unsigned"),
        sa.PrimaryKeyConstraint("venue"),
        schema=SCHEMA,
    )
    op.create_table(
        "cash_balances",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("wallet", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "wallet", "currency"),
        schema=SCHEMA,
    )
    op.create_table(
        "positions",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("cost", sa.Numeric(), nullable=False),
        sa.CheckConstraint("quantity <> 0 OR cost = 0", name="positions_flat_cost_nothing"),
        sa.PrimaryKeyConstraint("venue", "symbol"),
        schema=SCHEMA,
    )
    op.create_table(
        "account_reports",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_opening", sa.Boolean(), nullable=False),
        sa.Column("balances", JSONB(), nullable=False),
        sa.Column("positions", JSONB(), nullable=False),
        sa.Column("margin_balance_usd", sa.Numeric(), nullable=False),
        sa.Column("initial_margin_usd", sa.Numeric(), nullable=False),
        sa.Column("maintenance_margin_usd", sa.Numeric(), nullable=False),
        sa.Column("residual_usd", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "as_of"),
        schema=SCHEMA,
    )


def _create_history() -> None:
    op.create_table(
        "day_starts",
        sa.Column("day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column("equity_usd", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
        schema=SCHEMA,
    )
    op.create_table(
        "asset_day_starts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("pnl_usd", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["day"],
            ["portfolio.day_starts.day"],
        ),
        sa.PrimaryKeyConstraint("day", "asset"),
        schema=SCHEMA,
    )
    op.create_table(
        "high_water_mark",
        sa.Column("is_the_one", sa.Boolean(), nullable=False),
        sa.Column("equity_usd", sa.Numeric(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_the_one", name="high_water_mark_is_one"),
        sa.PrimaryKeyConstraint("is_the_one"),
        schema=SCHEMA,
    )
    op.create_table(
        "equity_snapshots",
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("equity_usd", sa.Numeric(), nullable=False),
        sa.Column("realised_pnl_usd", sa.Numeric(), nullable=False),
        sa.Column("unrealised_pnl_usd", sa.Numeric(), nullable=False),
        sa.Column("funding_usd", sa.Numeric(), nullable=False),
        sa.Column("fees_usd", sa.Numeric(), nullable=False),
        sa.Column("exposure_usd", sa.Numeric(), nullable=False),
        sa.Column("net_delta_usd", sa.Numeric(), nullable=False),
        sa.Column("ledger_residual_usd", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("as_of"),
        schema=SCHEMA,
    )
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("requested_exposure_usd", sa.Numeric(), nullable=False),
        sa.Column("approved_exposure_usd", sa.Numeric(), nullable=False),
        sa.Column("binding_limit", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checks", JSONB(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('open', 'close')", name="decisions_action_is_known"),
        sa.CheckConstraint(
            "verdict IN ('approved', 'approved_smaller', 'rejected')", name="decisions_verdict_is_known"
        ),
        sa.PrimaryKeyConstraint("decision_id"),
        schema=SCHEMA,
    )
    op.create_index("decisions_by_time", "decisions", ["decided_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "candles",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("open", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("close", sa.Float(), nullable=False),
        sa.Column("volume", sa.Float(), nullable=False),
        sa.CheckConstraint("interval IN ('1m', '5m', '1h')", name="candles_interval_is_known"),
        sa.PrimaryKeyConstraint("venue", "symbol", "interval", "opened_at"),
        schema=SCHEMA,
    )
    op.create_index("candles_by_time", "candles", ["interval", "opened_at"], unique=False, schema=SCHEMA)
    op.create_table(
        "correlation_matrices",
        sa.Column("time_window", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assets", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("rho", JSONB(), nullable=False, comment="rows of the matrix; null: unknown"),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("time_window", "as_of"),
        schema=SCHEMA,
    )
