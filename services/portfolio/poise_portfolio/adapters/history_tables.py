"""What the desk was worth, what was decided and reported, and the candles that correlations are made from."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from poise_portfolio.adapters.ledger_tables import accounts
from poise_portfolio.adapters.schema import finite, metadata

day_starts = Table(
    "day_starts",
    metadata,
    Column("day", Date, primary_key=True, comment="UTC"),
    Column("equity_usd", Numeric, nullable=False),
    finite("day_starts", "equity_usd"),
)

asset_day_starts = Table(
    "asset_day_starts",
    metadata,
    Column("day", Date, ForeignKey(day_starts.c.day), primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("pnl_usd", Numeric, nullable=False, comment="scaled by what was brought in or taken out since"),
    Column("price_usd", Numeric, nullable=False, comment="what prices made, before slippage"),
    Column("funding_usd", Numeric, nullable=False),
    Column("fees_usd", Numeric, nullable=False),
    Column("borrow_usd", Numeric, nullable=False),
    Column("slippage_usd", Numeric, nullable=False),
    finite("asset_day_starts", *("pnl_usd", "price_usd", "funding_usd", "fees_usd", "borrow_usd", "slippage_usd")),
)

high_water_mark = Table(
    "high_water_mark",
    metadata,
    Column("is_the_one", Boolean, primary_key=True),
    Column("equity_usd", Numeric, nullable=False),
    Column("reached_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("is_the_one", name="high_water_mark_is_one"),
    finite("high_water_mark", "equity_usd"),
)

equity_snapshots = Table(
    "equity_snapshots",
    metadata,
    Column("as_of", DateTime(timezone=True), primary_key=True),
    Column("equity_usd", Numeric, nullable=False),
    Column("realised_pnl_usd", Numeric, nullable=False),
    Column("unrealised_pnl_usd", Numeric, nullable=False),
    Column("funding_usd", Numeric, nullable=False),
    Column("fees_usd", Numeric, nullable=False),
    Column("borrow_usd", Numeric, nullable=False),
    Column("slippage_usd", Numeric, nullable=False, comment="a part of realised and unrealised P&L, as a cost"),
    Column("exposure_usd", Numeric, nullable=False),
    Column("net_delta_usd", Numeric, nullable=False),
    Column("net_gamma_usd", Numeric, nullable=False),
    Column("ledger_residual_usd", Numeric, nullable=False),
    Column("external_usd", Numeric, nullable=False),
    CheckConstraint("exposure_usd >= 0 AND ledger_residual_usd >= 0", name="equity_snapshots_sizes_are_unsigned"),
    finite(
        "equity_snapshots",
        *("equity_usd", "realised_pnl_usd", "unrealised_pnl_usd", "funding_usd", "fees_usd"),
        *("exposure_usd", "net_delta_usd", "ledger_residual_usd", "external_usd"),
        *("borrow_usd", "slippage_usd", "net_gamma_usd"),
    ),
    postgresql_partition_by="RANGE (as_of)",
)

account_reports = Table(
    "account_reports",
    metadata,
    Column("venue", Text, ForeignKey(accounts.c.venue, name="account_reports_are_of_an_account"), primary_key=True),
    Column("as_of", DateTime(timezone=True), primary_key=True),
    Column("is_opening", Boolean, nullable=False),
    Column("balances", JSONB, nullable=False),
    Column("positions", JSONB, nullable=False),
    Column("margin_balance_usd", Numeric, nullable=False),
    Column("initial_margin_usd", Numeric, nullable=False),
    Column("maintenance_margin_usd", Numeric, nullable=False),
    Column("residual_usd", Numeric, nullable=False),
    CheckConstraint("residual_usd >= 0", name="account_reports_residual_is_unsigned"),
    finite("account_reports", "margin_balance_usd", "initial_margin_usd", "maintenance_margin_usd", "residual_usd"),
    postgresql_partition_by="RANGE (as_of)",
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("package_id", Uuid, nullable=False),
    Column("action", Text, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("requested_exposure_usd", Numeric, nullable=False),
    Column("approved_exposure_usd", Numeric, nullable=False),
    Column("binding_limit", Text),
    Column("reason", Text, nullable=False),
    Column("checks", JSONB, nullable=False),
    Column("approval_id", Uuid),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("action IN ('open', 'close')", name="decisions_action_is_known"),
    CheckConstraint("verdict IN ('approved', 'approved_smaller', 'rejected')", name="decisions_verdict_is_known"),
    CheckConstraint("(verdict = 'rejected') = (approval_id IS NULL)", name="decisions_approve_what_is_not_rejected"),
    CheckConstraint(
        "verdict = 'rejected' OR approved_exposure_usd <= requested_exposure_usd",
        name="decisions_approve_no_more_than_asked",
    ),
    finite("decisions", "requested_exposure_usd", "approved_exposure_usd"),
    Index(
        "decisions_by_time",
        "decided_at",
        postgresql_include=["action", "verdict", "binding_limit", "requested_exposure_usd", "approved_exposure_usd"],
    ),
)

candles = Table(
    "candles",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("interval", Text, primary_key=True),
    Column("opened_at", DateTime(timezone=True), primary_key=True),
    Column("asset", Text, nullable=False),
    Column("open", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("close", Float, nullable=False),
    Column("volume", Float, nullable=False),
    CheckConstraint("interval IN ('1m', '5m', '1h')", name="candles_interval_is_known"),
    postgresql_partition_by="LIST (interval)",
)

correlation_matrices = Table(
    "correlation_matrices",
    metadata,
    Column("time_window", Text, primary_key=True),
    Column("as_of", DateTime(timezone=True), primary_key=True),
    Column("assets", ARRAY(Text), nullable=False),
    Column("rho", JSONB, nullable=False, comment="rows of the matrix; null: unknown"),
    Column("points", Integer, nullable=False),
    Column("mean_rho", Float, comment="over the pairs that are known; null: none"),
    Column("is_spike", Boolean, nullable=False, comment="the mean is up beyond what a day may bring"),
    CheckConstraint("mean_rho BETWEEN -1 AND 1", name="correlation_matrices_mean_is_a_correlation"),
    CheckConstraint("mean_rho IS NOT NULL OR NOT is_spike", name="correlation_matrices_spikes_have_a_mean"),
    CheckConstraint(
        "points >= 0 AND jsonb_array_length(rho) = cardinality(assets)",
        name="correlation_matrices_have_a_row_an_asset",
    ),
)
