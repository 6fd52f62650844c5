"""Signals' schema: the packages it watches."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from poise_common.contracts.packages import PackageState
from poise_common.platform.shell_tables import shell_tables

SCHEMA = "signals"

metadata = MetaData(schema=SCHEMA)

_STATES = ", ".join(f"'{state.value}'" for state in PackageState)

packages = Table(
    "packages",
    metadata,
    Column("package_id", Uuid, primary_key=True),
    Column("strategy", Text, nullable=False),
    Column("slot_name", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("long_instrument", JSONB, nullable=False),
    Column("short_instrument", JSONB, nullable=False),
    Column("long_quantity", Numeric, nullable=False),
    Column("short_quantity", Numeric, nullable=False),
    Column("entry_yield", Numeric, nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("approval_id", Uuid),
    Column("settled_approvals", ARRAY(Uuid), nullable=False),
    Column("close_reason", Text),
    Column("note", Text, nullable=False),
    Column("wait_until", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("opened_at", DateTime(timezone=True)),
    Column("hedge_ratio", Numeric, nullable=False),
    Column("opened_by_others", Boolean, nullable=False),
    CheckConstraint(f"state IN ({_STATES})", name="packages_state"),
    CheckConstraint("requests > 0", name="packages_requests"),
    CheckConstraint("hedge_ratio > 0", name="packages_hedge_ratio"),
    Index("packages_latest", "strategy", "slot_name", "updated_at"),
    Index(
        "packages_one_at_a_time",
        "strategy",
        "slot_name",
        unique=True,
        postgresql_where=text("state NOT IN ('closed', 'aborted') AND NOT opened_by_others"),
    ),
)

shell_tables(metadata)

TABLES = {packages.name: packages}
