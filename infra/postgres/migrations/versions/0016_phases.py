"""The phase that the desk is in, and the events that its gates are measured by."""

import sqlalchemy as sa
from alembic import op

revision = "0016_phases"
down_revision = "0015_hindsight"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"


def upgrade() -> None:
    _create_phase_changes()
    _create_phase_days()
    _create_asset_months()
    _create_phase_events()


def downgrade() -> None:
    for table in ("phase_events", "asset_months", "phase_days", "phase_changes"):
        op.drop_table(table, schema=SCHEMA)


def _create_phase_changes() -> None:
    op.create_table(
        "phase_changes",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False, comment="a person; start: the first; portfolio: a breach"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), comment="the command"),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("ordered_by"),
        sa.CheckConstraint("sequence >= 1", name="phase_changes_are_counted"),
        sa.CheckConstraint("phase BETWEEN 0 AND 3", name="phase_changes_phase_is_known"),
        schema=SCHEMA,
    )


def _create_phase_days() -> None:
    op.create_table(
        "phase_days",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("up_s", sa.Float(), nullable=False),
        sa.Column("down_s", sa.Float(), nullable=False),
        sa.Column("fresh_s", sa.Float(), nullable=False, comment="of correlation matrices"),
        sa.Column("stale_s", sa.Float(), nullable=False),
        sa.Column("equity_usd", sa.Numeric(), comment="the newest of the day"),
        sa.Column("peak_usd", sa.Numeric(), comment="what the drawdown is measured from"),
        sa.Column("drawdown_pct", sa.Numeric(), nullable=False, comment="the worst of the day"),
        sa.Column("transferred_usd", sa.Numeric(), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("packages_won", sa.Integer(), nullable=False),
        sa.Column("packages_lost", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", "day"),
        sa.ForeignKeyConstraint(["sequence"], [f"{SCHEMA}.phase_changes.sequence"]),
        sa.CheckConstraint(
            "up_s >= 0 AND down_s >= 0 AND fresh_s >= 0 AND stale_s >= 0"
            " AND up_s + down_s + fresh_s + stale_s < 'Infinity'",
            name="phase_days_times",
        ),
        sa.CheckConstraint("openings >= 0 AND packages_won >= 0 AND packages_lost >= 0", name="phase_days_counts"),
        sa.CheckConstraint("(equity_usd IS NULL) = (peak_usd IS NULL)", name="phase_days_worth"),
        sa.CheckConstraint("drawdown_pct >= 0", name="phase_days_drawdown"),
        sa.CheckConstraint(
            "abs(equity_usd) < 'Infinity' AND abs(peak_usd) < 'Infinity' AND abs(drawdown_pct) < 'Infinity'"
            " AND abs(transferred_usd) < 'Infinity'",
            name="phase_days_amounts_are_finite",
        ),
        schema=SCHEMA,
    )


def _create_asset_months() -> None:
    op.create_table(
        "asset_months",
        sa.Column("month", sa.Date(), nullable=False, comment="its first day, UTC"),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("began_usd", sa.Numeric(), nullable=False, comment="P&L to date as the month began"),
        sa.Column("pnl_usd", sa.Numeric(), nullable=False, comment="P&L to date, the newest of the month"),
        sa.PrimaryKeyConstraint("month", "asset"),
        sa.CheckConstraint("extract(day FROM month) = 1", name="asset_months_begin_on_the_first"),
        sa.CheckConstraint(
            "abs(began_usd) < 'Infinity' AND abs(pnl_usd) < 'Infinity'", name="asset_months_amounts_are_finite"
        ),
        schema=SCHEMA,
    )


def _create_phase_events() -> None:
    op.create_table(
        "phase_events",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="null while it lasts"),
        sa.PrimaryKeyConstraint("kind", "subject", "at"),
        sa.CheckConstraint(
            "kind IN ('mode', 'drill', 'lock', 'limit', 'slot', 'oversized', 'refused')",
            name="phase_events_kind_is_known",
        ),
        sa.CheckConstraint("ended_at >= at", name="phase_events_end_after_they_began"),
        schema=SCHEMA,
    )
    op.create_index("phase_events_by_time", "phase_events", ["at"], schema=SCHEMA)
