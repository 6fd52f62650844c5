"""What refused packages would have made, and what funding was predicted to be."""

import sqlalchemy as sa
from alembic import op

revision = "0015_hindsight"
down_revision = "0014_result_split"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"


def upgrade() -> None:
    _create_refused_packages()
    _create_refused_package_legs()
    _create_funding_predictions()


def downgrade() -> None:
    op.drop_table("funding_predictions", schema=SCHEMA)
    op.drop_table("refused_package_legs", schema=SCHEMA)
    op.drop_table("refused_packages", schema=SCHEMA)


def _create_refused_packages() -> None:
    op.create_table(
        "refused_packages",
        sa.Column("refusal_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("binding_limit", sa.Text(), nullable=False),
        sa.Column("exposure_usd", sa.Numeric(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False, comment="while it was followed"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_usd", sa.Numeric(), nullable=False),
        sa.Column("funding_usd", sa.Numeric(), nullable=False),
        sa.Column("fees_usd", sa.Numeric(), nullable=False, comment="of all four orders, closing at the marks"),
        sa.Column("valued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="null while it is followed"),
        sa.Column("ended_for", sa.Text()),
        sa.PrimaryKeyConstraint("refusal_id"),
        sa.UniqueConstraint("decision_id"),
        sa.ForeignKeyConstraint(["decision_id"], [f"{SCHEMA}.decisions.decision_id"]),
        _finite("refused_packages", "exposure_usd", "price_usd", "funding_usd", "fees_usd"),
        sa.CheckConstraint("exposure_usd > 0", name="refused_packages_exposure"),
        sa.CheckConstraint("refusals >= 1", name="refused_packages_refusals"),
        sa.CheckConstraint("last_refused_at >= opened_at", name="refused_packages_refused_again"),
        sa.CheckConstraint("valued_at >= opened_at", name="refused_packages_valued"),
        sa.CheckConstraint("ended_at >= opened_at", name="refused_packages_ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_for IS NULL)", name="refused_packages_ended_for_something"),
        sa.CheckConstraint("ended_for IN ('edge_gone', 'age', 'left_universe')", name="refused_packages_end_is_known"),
        schema=SCHEMA,
    )
    op.create_index("refused_packages_by_limit", "refused_packages", ["binding_limit", "opened_at"], schema=SCHEMA)
    op.create_index("refused_packages_by_end", "refused_packages", ["ended_at"], schema=SCHEMA)


def _create_refused_package_legs() -> None:
    op.create_table(
        "refused_package_legs",
        sa.Column("refusal_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False, comment="signed, in base units"),
        sa.Column("entry_price", sa.Numeric(), nullable=False),
        sa.Column("mark_price", sa.Numeric(), nullable=False),
        sa.Column("entry_fee_rate", sa.Numeric(), nullable=False),
        sa.Column("exit_fee_rate", sa.Numeric(), nullable=False),
        sa.Column("funding_usd", sa.Numeric(), nullable=False),
        sa.Column("funded_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("refusal_id", "role"),
        sa.ForeignKeyConstraint(["refusal_id"], [f"{SCHEMA}.refused_packages.refusal_id"]),
        _finite("refused_package_legs", "quantity", "entry_price", "mark_price", "funding_usd"),
        sa.CheckConstraint("role IN ('long_leg', 'short_leg')", name="refused_package_legs_role"),
        sa.CheckConstraint("quantity <> 0 AND (quantity > 0) = (role = 'long_leg')", name="refused_package_legs_side"),
        sa.CheckConstraint("entry_price > 0", name="refused_package_legs_entry_price"),
        schema=SCHEMA,
    )


def _create_funding_predictions() -> None:
    op.create_table(
        "funding_predictions",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_s", sa.Integer(), nullable=False, comment="before the settlement"),
        sa.Column("predicted_rate_per_interval", sa.Float(), nullable=False),
        sa.Column("predicted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_rate_per_interval", sa.Float(), comment="null until it is settled"),
        sa.PrimaryKeyConstraint("venue", "symbol", "settles_at", "lead_s"),
        sa.CheckConstraint("lead_s > 0", name="funding_predictions_lead"),
        sa.CheckConstraint("predicted_at < settles_at", name="funding_predictions_foretell"),
        sa.CheckConstraint(
            "abs(predicted_rate_per_interval) < 'Infinity' AND abs(settled_rate_per_interval) < 'Infinity'",
            name="funding_predictions_rates_are_finite",
        ),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (settles_at)",
    )
    op.execute("CREATE TABLE portfolio.funding_predictions_rest PARTITION OF portfolio.funding_predictions DEFAULT")
    op.create_index("funding_predictions_by_time", "funding_predictions", ["settles_at"], schema=SCHEMA)
    op.create_index(
        "funding_predictions_unsettled",
        "funding_predictions",
        ["venue", "symbol"],
        schema=SCHEMA,
        postgresql_where=sa.text("settled_rate_per_interval IS NULL"),
    )


def _finite(table: str, *columns: str) -> sa.CheckConstraint:
    condition = " AND ".join(f"abs({column}) < 'Infinity'" for column in columns)
    return sa.CheckConstraint(condition, name=f"{table}_amounts_are_finite")
