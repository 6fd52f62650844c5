"""The tables of phases: who set which, and the evidence for and against them."""

from sqlalchemy import (
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

from poise_portfolio.adapters.schema import finite, metadata

phase_changes = Table(
    "phase_changes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("phase", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("set_by", Text, nullable=False, comment="a person; start: the first; portfolio: a breach"),
    Column("reason", Text, nullable=False),
    Column("ordered_by", Uuid, unique=True, comment="the command"),
    CheckConstraint("sequence >= 1", name="phase_changes_are_counted"),
    CheckConstraint("phase BETWEEN 0 AND 3", name="phase_changes_phase_is_known"),
)

phase_days = Table(
    "phase_days",
    metadata,
    Column("sequence", Integer, ForeignKey(phase_changes.c.sequence), primary_key=True),
    Column("day", Date, primary_key=True, comment="UTC"),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("up_s", Float, nullable=False),
    Column("down_s", Float, nullable=False),
    Column("fresh_s", Float, nullable=False, comment="of correlation matrices"),
    Column("stale_s", Float, nullable=False),
    Column("equity_usd", Numeric, comment="the newest of the day"),
    Column("peak_usd", Numeric, comment="what the drawdown is measured from"),
    Column("drawdown_pct", Numeric, nullable=False, comment="the worst of the day"),
    Column("transferred_usd", Numeric, nullable=False),
    Column("openings", Integer, nullable=False),
    Column("packages_won", Integer, nullable=False),
    Column("packages_lost", Integer, nullable=False),
    CheckConstraint(
        "up_s >= 0 AND down_s >= 0 AND fresh_s >= 0 AND stale_s >= 0"
        " AND up_s + down_s + fresh_s + stale_s < 'Infinity'",
        name="phase_days_times",
    ),
    CheckConstraint("openings >= 0 AND packages_won >= 0 AND packages_lost >= 0", name="phase_days_counts"),
    CheckConstraint("(equity_usd IS NULL) = (peak_usd IS NULL)", name="phase_days_worth"),
    CheckConstraint("drawdown_pct >= 0", name="phase_days_drawdown"),
    finite("phase_days", "equity_usd", "peak_usd", "drawdown_pct", "transferred_usd"),
)

asset_months = Table(
    "asset_months",
    metadata,
    Column("month", Date, primary_key=True, comment="its first day, UTC"),
    Column("asset", Text, primary_key=True),
    Column("began_usd", Numeric, nullable=False, comment="P&L to date as the month began"),
    Column("pnl_usd", Numeric, nullable=False, comment="P&L to date, the newest of the month"),
    CheckConstraint("extract(day FROM month) = 1", name="asset_months_begin_on_the_first"),
    finite("asset_months", "began_usd", "pnl_usd"),
)

phase_events = Table(
    "phase_events",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("detail", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="null while it lasts"),
    CheckConstraint(
        "kind IN ('mode', 'drill', 'lock', 'limit', 'slot', 'oversized', 'refused')", name="phase_events_kind_is_known"
    ),
    CheckConstraint("ended_at >= at", name="phase_events_end_after_they_began"),
    Index("phase_events_by_time", "at"),
)
