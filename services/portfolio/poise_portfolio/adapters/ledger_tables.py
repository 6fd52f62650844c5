"""The ledger's tables: packages, fills, payments, balances and what they add up to. Quantities in base units."""

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from poise_portfolio.adapters.schema import finite, metadata

packages = Table(
    "packages",
    metadata,
    Column("package_id", Uuid, primary_key=True),
    Column("strategy", Text, comment="null until the first report that names it"),
    Column("asset", Text, nullable=False),
    Column("tier", Integer),
    Column("hedge_ratio", Numeric, nullable=False, comment="base units of the short leg for one of the long leg"),
    Column("state", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("last_fill_at", DateTime(timezone=True)),
    Column("realised_pnl_usd", Numeric, nullable=False),
    Column("funding_usd", Numeric, nullable=False),
    Column("fees_usd", Numeric, nullable=False),
    Column("borrow_usd", Numeric, nullable=False),
    Column("slippage_usd", Numeric, nullable=False),
    Column("settled_approvals", ARRAY(Uuid), nullable=False),
    Column("settled_at", DateTime(timezone=True)),
    Column("halted_approval", Uuid),
    Column("rolled_from", Uuid, comment="the package that passed its long leg on to this one"),
    CheckConstraint(
        "state IN ('opening', 'open', 'closing', 'rolling', 'closed', 'aborted', 'halted')",
        name="packages_state_is_known",
    ),
    CheckConstraint("(state IN ('closed', 'aborted')) = (closed_at IS NOT NULL)", name="packages_end_with_a_time"),
    CheckConstraint("tier > 0", name="packages_tiers_begin_at_one"),
    CheckConstraint("hedge_ratio > 0 AND hedge_ratio < 'Infinity'", name="packages_hedge_ratio"),
    finite("packages", "realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd", "borrow_usd"),
    Index("packages_by_end", "closed_at"),
)

package_legs = Table(
    "package_legs",
    metadata,
    Column("package_id", Uuid, ForeignKey(packages.c.package_id), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("cost", Numeric, nullable=False),
    Column("peak_quantity", Numeric, nullable=False),
    CheckConstraint("role IN ('long_leg', 'short_leg')", name="package_legs_role_is_known"),
    CheckConstraint("peak_quantity >= abs(quantity)", name="package_legs_never_beyond_their_peak"),
    CheckConstraint("quantity <> 0 OR cost = 0", name="package_legs_flat_cost_nothing"),
    finite("package_legs", "quantity", "cost", "peak_quantity"),
    UniqueConstraint("package_id", "venue", "symbol", name="package_legs_are_of_two_instruments"),
    UniqueConstraint("package_id", "role", "venue", "symbol", name="package_legs_are_of_one_instrument"),
)

fills = Table(
    "fills",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("trade_id", Text, primary_key=True),
    Column("package_id", Uuid, ForeignKey(packages.c.package_id), nullable=False),
    Column("approval_id", Uuid, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("side", Text, primary_key=True),
    Column("client_order_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("decision_price", Numeric, nullable=False),
    Column("fee", Numeric, nullable=False),
    Column("fee_currency", Text, nullable=False),
    Column("fee_usd", Numeric, nullable=False),
    Column("realised_pnl_usd", Numeric, nullable=False),
    Column("slippage_usd", Numeric, nullable=False),
    Column("filled_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("quantity > 0 AND price > 0", name="fills_are_of_something"),
    CheckConstraint("side IN ('buy', 'sell')", name="fills_side_is_known"),
    CheckConstraint("action IN ('open', 'close')", name="fills_action_is_known"),
    CheckConstraint("role IN ('long_leg', 'short_leg')", name="fills_role_is_known"),
    CheckConstraint("purpose IN ('leg', 'unwind')", name="fills_purpose_is_known"),
    finite("fills", "quantity", "price", "decision_price", "fee", "fee_usd", "realised_pnl_usd", "slippage_usd"),
    ForeignKeyConstraint(
        ["package_id", "role", "venue", "symbol"],
        [package_legs.c.package_id, package_legs.c.role, package_legs.c.venue, package_legs.c.symbol],
        name="fills_are_of_their_leg",
    ),
    Index("fills_by_package", "package_id"),
    Index("fills_by_market_and_time", "venue", "symbol", "filled_at"),
    Index("fills_by_time", "filled_at"),
)

funding_payments = Table(
    "funding_payments",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("income_id", Text, primary_key=True),
    Column("asset", Text, nullable=False),
    Column("amount", Numeric, nullable=False, comment="positive: received"),
    Column("currency", Text, nullable=False),
    Column("amount_usd", Numeric, nullable=False),
    Column("paid_at", DateTime(timezone=True), nullable=False),
    finite("funding_payments", "amount", "amount_usd"),
    Index("funding_payments_by_time", "paid_at", postgresql_include=["asset", "amount_usd"]),
)

funding_shares = Table(
    "funding_shares",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("income_id", Text, primary_key=True),
    Column("package_id", Uuid, ForeignKey(packages.c.package_id), primary_key=True),
    Column("amount_usd", Numeric, nullable=False),
    ForeignKeyConstraint(
        ["venue", "symbol", "income_id"],
        [funding_payments.c.venue, funding_payments.c.symbol, funding_payments.c.income_id],
    ),
    finite("funding_shares", "amount_usd"),
    Index("funding_shares_by_package", "package_id"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("margin_balance_usd", Numeric, nullable=False),
    Column("initial_margin_usd", Numeric, nullable=False),
    Column("maintenance_margin_usd", Numeric, nullable=False),
    Column("residual_usd", Numeric, nullable=False),
    Column("is_alerting", Boolean, nullable=False),
    Column(
        "brought_usd",
        Numeric,
        nullable=False,
        comment="worth when it was opened beside others: neither earned nor lost",
    ),
    CheckConstraint("residual_usd >= 0", name="accounts_residual_is_unsigned"),
    CheckConstraint("reported_at >= opened_at", name="accounts_open_before_they_are_read"),
    finite(
        "accounts",
        "margin_balance_usd",
        "initial_margin_usd",
        "maintenance_margin_usd",
        "residual_usd",
        "brought_usd",
    ),
)

cash_balances = Table(
    "cash_balances",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("wallet", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("total", Numeric, nullable=False),
    finite("cash_balances", "total"),
)

positions = Table(
    "positions",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("quantity", Numeric, nullable=False),
    Column("cost", Numeric, nullable=False),
    Column("is_provisional", Boolean, nullable=False, comment="until the venue has told its entry price"),
    CheckConstraint("quantity <> 0 OR cost = 0", name="positions_flat_cost_nothing"),
    finite("positions", "quantity", "cost"),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("lock_id", Uuid, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("differences", JSONB, nullable=False),
    Column("packages", JSONB, nullable=False),
    Column("transfer_usd", Numeric, nullable=False),
    Column("result_usd", Numeric, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True), nullable=False, index=True),
    finite("acknowledgements", "transfer_usd", "result_usd"),
)

settled_coins = Table(
    "settled_coins",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("quantity", Numeric, nullable=False, comment="negative: owed out of what the account held before"),
    Column("cost", Numeric, nullable=False, comment="USD, what it was worth when it was settled"),
    CheckConstraint("quantity <> 0 OR cost = 0", name="settled_coins_none_cost_nothing"),
    finite("settled_coins", "quantity", "cost"),
)

asset_totals = Table(
    "asset_totals",
    metadata,
    Column("asset", Text, primary_key=True),
    Column("realised_pnl_usd", Numeric, nullable=False),
    Column("funding_usd", Numeric, nullable=False),
    Column("fees_usd", Numeric, nullable=False),
    Column("borrow_usd", Numeric, nullable=False),
    Column("slippage_usd", Numeric, nullable=False),
    finite("asset_totals", "realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd", "borrow_usd"),
)

dust = Table(
    "dust",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("asset", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("cost", Numeric, nullable=False),
    CheckConstraint("quantity <> 0 OR cost = 0", name="dust_flat_costs_nothing"),
    finite("dust", "quantity", "cost"),
)
