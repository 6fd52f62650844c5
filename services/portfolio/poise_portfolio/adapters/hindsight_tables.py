"""The tables of hindsight: packages that risk refused, and what funding was predicted to be."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from poise_portfolio.adapters.history_tables import decisions
from poise_portfolio.adapters.schema import metadata

refused_packages = Table(
    "refused_packages",
    metadata,
    Column("refusal_id", Uuid, primary_key=True),
    Column("decision_id", Uuid, ForeignKey(decisions.c.decision_id), nullable=False, unique=True),
    Column("strategy", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("binding_limit", Text, nullable=False),
    Column("exposure_usd", Numeric, nullable=False),
    Column("refusals", Integer, nullable=False, comment="while it was followed"),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_refused_at", DateTime(timezone=True), nullable=False),
    Column("price_usd", Numeric, nullable=False),
    Column("funding_usd", Numeric, nullable=False),
    Column("fees_usd", Numeric, nullable=False, comment="of all four orders, closing at the marks"),
    Column("valued_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="null while it is followed"),
    Column("ended_for", Text),
    CheckConstraint("exposure_usd > 0", name="refused_packages_exposure"),
    CheckConstraint("refusals >= 1", name="refused_packages_refusals"),
    CheckConstraint("last_refused_at >= opened_at", name="refused_packages_refused_again"),
    CheckConstraint("valued_at >= opened_at", name="refused_packages_valued"),
    CheckConstraint("ended_at >= opened_at", name="refused_packages_ended"),
    CheckConstraint("(ended_at IS NULL) = (ended_for IS NULL)", name="refused_packages_ended_for_something"),
    CheckConstraint("ended_for IN ('edge_gone', 'age', 'left_universe')", name="refused_packages_end_is_known"),
    Index("refused_packages_by_limit", "binding_limit", "opened_at"),
    Index("refused_packages_by_end", "ended_at"),
)

refused_package_legs = Table(
    "refused_package_legs",
    metadata,
    Column("refusal_id", Uuid, ForeignKey(refused_packages.c.refusal_id), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("quantity", Numeric, nullable=False, comment="signed, in base units"),
    Column("entry_price", Numeric, nullable=False),
    Column("mark_price", Numeric, nullable=False),
    Column("entry_fee_rate", Numeric, nullable=False),
    Column("exit_fee_rate", Numeric, nullable=False),
    Column("funding_usd", Numeric, nullable=False),
    Column("funded_until", DateTime(timezone=True), nullable=False),
    CheckConstraint("role IN ('long_leg', 'short_leg')", name="refused_package_legs_role"),
    CheckConstraint("quantity <> 0 AND (quantity > 0) = (role = 'long_leg')", name="refused_package_legs_side"),
    CheckConstraint("entry_price > 0", name="refused_package_legs_entry_price"),
)

funding_predictions = Table(
    "funding_predictions",
    metadata,
    Column("venue", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("settles_at", DateTime(timezone=True), primary_key=True),
    Column("lead_s", Integer, primary_key=True, comment="before the settlement"),
    Column("predicted_rate_per_interval", Float, nullable=False),
    Column("predicted_at", DateTime(timezone=True), nullable=False),
    Column("settled_rate_per_interval", Float, comment="null until it is settled"),
    CheckConstraint("lead_s > 0", name="funding_predictions_lead"),
    CheckConstraint("predicted_at < settles_at", name="funding_predictions_foretell"),
    Index("funding_predictions_by_time", "settles_at"),
    Index(
        "funding_predictions_unsettled",
        "venue",
        "symbol",
        postgresql_where=text("settled_rate_per_interval IS NULL"),
    ),
)
