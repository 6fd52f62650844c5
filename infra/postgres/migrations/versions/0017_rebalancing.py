"""Plans of weights, their trades and why; signals watches packages that others opened beside its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_rebalancing"
down_revision = "0016_phases"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"


_CANDIDATE = ["strategy", "asset", "venue"]
_ACTIVE = "state NOT IN ('closed', 'aborted')"


def upgrade() -> None:
    _create_plans()
    _create_weights()
    _create_trades()
    _let_others_open_packages()


def downgrade() -> None:
    op.execute("DELETE FROM signals.packages WHERE opened_by_others")
    op.drop_index("packages_one_at_a_time", "packages", schema="signals")
    op.drop_column("packages", "opened_by_others", schema="signals")
    _index_one_at_a_time(_ACTIVE)
    for table in ("rebalancing_trades", "rebalancing_capital", "rebalancing_weights", "rebalancing_plans"):
        op.drop_table(table, schema=SCHEMA)


def _create_plans() -> None:
    op.create_table(
        "rebalancing_plans",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("equity_usd", sa.Numeric(), nullable=False),
        sa.Column("capital_usd", sa.Numeric(), nullable=False, comment="what the model spread over assets"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id"),
        sa.CheckConstraint("cause IN ('order', 'period', 'large_move')", name="rebalancing_plans_cause_is_known"),
        sa.CheckConstraint(
            "state IN ('selling', 'buying', 'ended', 'refused')", name="rebalancing_plans_state_is_known"
        ),
        sa.CheckConstraint("state_since >= made_at", name="rebalancing_plans_go_on_in_time"),
        sa.CheckConstraint("capital_usd >= 0", name="rebalancing_plans_capital_is_not_negative"),
        sa.CheckConstraint("state <> 'refused' OR note <> ''", name="rebalancing_plans_refused_say_why"),
        schema=SCHEMA,
    )
    op.create_index("rebalancing_plans_by_time", "rebalancing_plans", ["made_at"], schema=SCHEMA)


def _create_weights() -> None:
    op.create_table(
        "rebalancing_weights",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("held_usd", sa.Numeric(), nullable=False),
        sa.Column("target_usd", sa.Numeric(), comment="null: not known, what is held stays"),
        sa.Column("trade_usd", sa.Numeric(), nullable=False, comment="negative is sold"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "asset"),
        sa.ForeignKeyConstraint(["plan_id"], [f"{SCHEMA}.rebalancing_plans.plan_id"]),
        sa.CheckConstraint("held_usd >= 0", name="rebalancing_weights_held_is_not_negative"),
        sa.CheckConstraint("target_usd >= 0", name="rebalancing_weights_target_is_not_negative"),
        sa.CheckConstraint("trade_usd = 0 OR target_usd IS NOT NULL", name="rebalancing_weights_trade_for_a_target"),
        sa.CheckConstraint("held_usd + trade_usd >= 0", name="rebalancing_weights_sell_what_is_held"),
        schema=SCHEMA,
    )
    op.create_table(
        "rebalancing_capital",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="a group of venues, or cash"),
        sa.Column("venues", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("held_usd", sa.Numeric(), nullable=False),
        sa.Column("target_usd", sa.Numeric(), nullable=False),
        sa.Column(
            "transfer_usd", sa.Numeric(), nullable=False, comment="what a person would bring in; negative: take out"
        ),
        sa.PrimaryKeyConstraint("plan_id", "name"),
        sa.ForeignKeyConstraint(["plan_id"], [f"{SCHEMA}.rebalancing_plans.plan_id"]),
        schema=SCHEMA,
    )


def _create_trades() -> None:
    op.create_table(
        "rebalancing_trades",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column(
            "goal_usd",
            sa.Numeric(),
            nullable=False,
            comment="the exposure to come to: a package's, of a buy its asset's",
        ),
        sa.Column("planned_usd", sa.Numeric(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text()),
        sa.Column("package_id", sa.Uuid(), comment="of a buy: that of the newest request"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Uuid()),
        sa.Column("approval_id", sa.Uuid()),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("pending_usd", sa.Numeric(), nullable=False),
        sa.Column("traded_usd", sa.Numeric(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "number"),
        sa.ForeignKeyConstraint(["plan_id"], [f"{SCHEMA}.rebalancing_plans.plan_id"]),
        sa.UniqueConstraint("request_id"),
        sa.CheckConstraint("number >= 1", name="rebalancing_trades_count_from_one"),
        sa.CheckConstraint("side IN ('buy', 'sell')", name="rebalancing_trades_side_is_known"),
        sa.CheckConstraint(
            "state IN ('waiting', 'asked', 'approved', 'done', 'given_up')", name="rebalancing_trades_state_is_known"
        ),
        sa.CheckConstraint("goal_usd >= 0 AND planned_usd > 0", name="rebalancing_trades_amounts_are_positive"),
        sa.CheckConstraint("pending_usd >= 0 AND traded_usd >= 0", name="rebalancing_trades_outcomes_are_not_negative"),
        sa.CheckConstraint("side = 'buy' OR package_id IS NOT NULL", name="rebalancing_trades_sell_a_package"),
        sa.CheckConstraint(
            "tries >= 0 AND (tries > 0) = (request_id IS NOT NULL) AND (tries > 0) = (asked_at IS NOT NULL)",
            name="rebalancing_trades_tries_are_requests",
        ),
        sa.CheckConstraint("state NOT IN ('asked', 'approved') OR tries > 0", name="rebalancing_trades_are_asked_for"),
        schema=SCHEMA,
    )
    op.create_index("rebalancing_trades_by_package", "rebalancing_trades", ["package_id"], schema=SCHEMA)


def _let_others_open_packages() -> None:
    op.add_column(
        "packages",
        sa.Column("opened_by_others", sa.Boolean(), nullable=False, server_default=sa.false()),
        schema="signals",
    )
    op.alter_column("packages", "opened_by_others", server_default=None, schema="signals")
    op.drop_index("packages_one_at_a_time", "packages", schema="signals")
    _index_one_at_a_time(f"{_ACTIVE} AND NOT opened_by_others")


def _index_one_at_a_time(where: str) -> None:
    op.create_index(
        "packages_one_at_a_time",
        "packages",
        _CANDIDATE,
        unique=True,
        schema="signals",
        postgresql_where=sa.text(where),
    )
