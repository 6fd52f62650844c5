"""The tables of rebalancing: plans, the weights they follow from, their trades and what came of them."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)

from poise_portfolio.adapters.schema import metadata

rebalancing_plans = Table(
    "rebalancing_plans",
    metadata,
    Column("plan_id", Uuid, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("ordered_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("equity_usd", Numeric, nullable=False),
    Column("capital_usd", Numeric, nullable=False, comment="what the model spread over assets"),
    Column("state", Text, nullable=False),
    Column("state_since", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("cause IN ('order', 'period', 'large_move')", name="rebalancing_plans_cause_is_known"),
    CheckConstraint("state IN ('selling', 'buying', 'ended', 'refused')", name="rebalancing_plans_state_is_known"),
    CheckConstraint("state_since >= made_at", name="rebalancing_plans_go_on_in_time"),
    CheckConstraint("capital_usd >= 0", name="rebalancing_plans_capital_is_not_negative"),
    CheckConstraint("state <> 'refused' OR note <> ''", name="rebalancing_plans_refused_say_why"),
    Index("rebalancing_plans_by_time", "made_at"),
)

rebalancing_weights = Table(
    "rebalancing_weights",
    metadata,
    Column("plan_id", Uuid, ForeignKey(rebalancing_plans.c.plan_id), primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("held_usd", Numeric, nullable=False),
    Column("target_usd", Numeric, comment="null: not known, what is held stays"),
    Column("trade_usd", Numeric, nullable=False, comment="negative is sold"),
    Column("reason", Text, nullable=False),
    CheckConstraint("held_usd >= 0", name="rebalancing_weights_held_is_not_negative"),
    CheckConstraint("target_usd >= 0", name="rebalancing_weights_target_is_not_negative"),
    CheckConstraint("trade_usd = 0 OR target_usd IS NOT NULL", name="rebalancing_weights_trade_for_a_target"),
    CheckConstraint("held_usd + trade_usd >= 0", name="rebalancing_weights_sell_what_is_held"),
)

rebalancing_capital = Table(
    "rebalancing_capital",
    metadata,
    Column("plan_id", Uuid, ForeignKey(rebalancing_plans.c.plan_id), primary_key=True),
    Column("name", Text, primary_key=True, comment="a group of venues, or cash"),
    Column("venues", ARRAY(Text), nullable=False),
    Column("held_usd", Numeric, nullable=False),
    Column("target_usd", Numeric, nullable=False),
    Column("transfer_usd", Numeric, nullable=False, comment="what a person would bring in; negative: take out"),
)

rebalancing_trades = Table(
    "rebalancing_trades",
    metadata,
    Column("plan_id", Uuid, ForeignKey(rebalancing_plans.c.plan_id), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("side", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("goal_usd", Numeric, nullable=False, comment="the exposure to come to: a package's, of a buy its asset's"),
    Column("planned_usd", Numeric, nullable=False),
    Column("reason", Text, nullable=False),
    Column("strategy", Text),
    Column("package_id", Uuid, comment="of a buy: that of the newest request"),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("request_id", Uuid, unique=True),
    Column("approval_id", Uuid),
    Column("asked_at", DateTime(timezone=True)),
    Column("not_before", DateTime(timezone=True)),
    Column("pending_usd", Numeric, nullable=False),
    Column("traded_usd", Numeric, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("number >= 1", name="rebalancing_trades_count_from_one"),
    CheckConstraint("side IN ('buy', 'sell')", name="rebalancing_trades_side_is_known"),
    CheckConstraint(
        "state IN ('waiting', 'asked', 'approved', 'done', 'given_up')", name="rebalancing_trades_state_is_known"
    ),
    CheckConstraint("goal_usd >= 0 AND planned_usd > 0", name="rebalancing_trades_amounts_are_positive"),
    CheckConstraint("pending_usd >= 0 AND traded_usd >= 0", name="rebalancing_trades_outcomes_are_not_negative"),
    CheckConstraint("side = 'buy' OR package_id IS NOT NULL", name="rebalancing_trades_sell_a_package"),
    CheckConstraint(
        "tries >= 0 AND (tries > 0) = (request_id IS NOT NULL) AND (tries > 0) = (asked_at IS NOT NULL)",
        name="rebalancing_trades_tries_are_requests",
    ),
    CheckConstraint("state NOT IN ('asked', 'approved') OR tries > 0", name="rebalancing_trades_are_asked_for"),
    Index("rebalancing_trades_by_package", "package_id"),
)
