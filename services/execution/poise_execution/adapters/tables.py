"""Execution's schema: approvals and what became of them, packages, orders, fills, and what accounts were seen to do."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from poise_common.platform.shell_tables import shell_tables

SCHEMA = "execution"

metadata = MetaData(schema=SCHEMA)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Uuid, primary_key=True),
    Column("package_id", Uuid, nullable=False),
    Column("approved", JSONB, nullable=False, comment="the message as it came, signature included"),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("taken_at", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("locked_at", DateTime(timezone=True)),
    Column("passed_on_at", DateTime(timezone=True), comment="of half of a roll: when the long leg was passed on"),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", Text, nullable=False),
    Column("told", Integer, nullable=False),
    CheckConstraint("status IN ('working', 'done', 'refused')", name="approvals_status"),
    CheckConstraint("(status = 'working') = (ended_at IS NULL)", name="approvals_end"),
)
Index("approvals_working", approvals.c.status, postgresql_where=approvals.c.status == "working")

packages = Table(
    "packages",
    metadata,
    Column("package_id", Uuid, primary_key=True),
    Column("strategy", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("long_instrument", JSONB, nullable=False),
    Column("short_instrument", JSONB, nullable=False),
    Column("hedge_ratio", Numeric, nullable=False, comment="base units of the short leg for one of the long leg"),
    Column("long_held", Numeric, nullable=False),
    Column("short_held", Numeric, nullable=False),
    CheckConstraint(
        "state IN ('opening', 'open', 'closing', 'rolling', 'closed', 'aborted', 'halted')",
        name="packages_state",
    ),
    CheckConstraint("hedge_ratio > 0 AND hedge_ratio < 'Infinity'", name="packages_hedge_ratio"),
)

orders = Table(
    "orders",
    metadata,
    Column("client_order_id", Text, primary_key=True),
    Column("approval_id", Uuid, ForeignKey(approvals.c.approval_id), nullable=False, index=True),
    Column("package_id", Uuid, ForeignKey(packages.c.package_id), nullable=False),
    Column("role", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("limit_price", Numeric, nullable=False),
    Column("decision_price", Numeric, nullable=False),
    Column("reduce_only", Boolean, nullable=False),
    Column("intended_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("order_id", Text),
    Column("filled_quantity", Numeric, nullable=False),
    Column("detail", Text, nullable=False),
    Column("style", Text, nullable=False),
    Column("rest_until", DateTime(timezone=True)),
    Column("cancel_asked_at", DateTime(timezone=True)),
    CheckConstraint("role IN ('long_leg', 'short_leg')", name="orders_role"),
    CheckConstraint("purpose IN ('leg', 'unwind')", name="orders_purpose"),
    CheckConstraint("side IN ('buy', 'sell')", name="orders_side"),
    CheckConstraint("quantity > 0 AND limit_price > 0", name="orders_terms"),
    CheckConstraint("style IN ('ioc', 'post_only')", name="orders_style"),
    CheckConstraint("(style = 'post_only') = (rest_until IS NOT NULL)", name="orders_rest"),
    CheckConstraint(
        "state IN ('intended', 'unknown', 'resting', 'settling', 'final', 'void')",
        name="orders_state",
    ),
)

fills = Table(
    "fills",
    metadata,
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("trade_id", Text, nullable=False),
    Column("client_order_id", Text, ForeignKey(orders.c.client_order_id), nullable=False, index=True),
    Column("order_id", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("fee", Numeric, nullable=False),
    Column("fee_currency", Text, nullable=False),
    Column("filled_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("venue", "symbol", "trade_id", "side"),
    CheckConstraint("side IN ('buy', 'sell')", name="fills_side"),
    CheckConstraint("quantity > 0 AND price > 0", name="fills_terms"),
)

incomes = Table(
    "incomes",
    metadata,
    Column("venue", Text, nullable=False),
    Column("income_id", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("amount", Numeric, nullable=False),
    Column("currency", Text, nullable=False),
    Column("paid_at", DateTime(timezone=True), nullable=False),
    Column("is_reported", Boolean, nullable=False),
    PrimaryKeyConstraint("venue", "income_id"),
)
Index("incomes_recent", incomes.c.venue, incomes.c.paid_at)

account_openings = Table(
    "account_openings",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("opened_at", DateTime(timezone=True), nullable=False),
)

holdings = Table(
    "holdings",
    metadata,
    Column("venue", Text, nullable=False),
    Column("wallet", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    PrimaryKeyConstraint("venue", "wallet", "kind", "name"),
    CheckConstraint("kind IN ('balance', 'position')", name="holdings_kind"),
)

account_standings = Table(
    "account_standings",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("settled_at", DateTime(timezone=True), nullable=False),
    Column("tolerated_orders", JSONB, nullable=False, comment="ids of foreign open orders that were acknowledged"),
)

locks = Table(
    "locks",
    metadata,
    Column("lock_id", Uuid, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("differences", JSONB, nullable=False),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("operator", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("locks_open", locks.c.venue, unique=True, postgresql_where=locks.c.acknowledged_at.is_(None))

shell_tables(metadata)

TABLES = {table.name: table for table in metadata.sorted_tables}
