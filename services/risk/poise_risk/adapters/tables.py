"""Risk's schema: decisions, approvals, reservations, who waits, modes, and days on which an asset lost its limit."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from poise_common.platform.shell_tables import shell_tables

SCHEMA = "risk"

metadata = MetaData(schema=SCHEMA)

decisions = Table(
    "decisions",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("trace_id", Uuid, nullable=False),
    Column("package_id", Uuid, nullable=False, index=True),
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
    Column("decided_at", DateTime(timezone=True), nullable=False, index=True),
    CheckConstraint("action IN ('open', 'close')", name="decisions_action"),
    CheckConstraint("verdict IN ('approved', 'approved_smaller', 'rejected')", name="decisions_verdict"),
    CheckConstraint("(verdict = 'rejected') = (approval_id IS NULL)", name="decisions_approval"),
    CheckConstraint("verdict = 'rejected' OR approved_exposure_usd <= requested_exposure_usd", name="decisions_size"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False, unique=True),
    Column("package_id", Uuid, nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("close_reason", Text),
    Column("epoch", BigInteger, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("approval", JSONB, nullable=False, comment="what was signed"),
    Column("signature", Text, nullable=False),
    Column("outcome", Text, comment="null until execution says what came of it"),
    Column("settled_at", DateTime(timezone=True)),
    CheckConstraint("action IN ('open', 'close')", name="approvals_action"),
    CheckConstraint("(action = 'close') = (close_reason IS NOT NULL)", name="approvals_reason"),
    CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="approvals_outcome"),
    CheckConstraint("expires_at <= issued_at + interval '5 seconds'", name="approvals_life"),
)
Index("approvals_unsettled", approvals.c.issued_at, postgresql_where=approvals.c.outcome.is_(None))

reservations = Table(
    "reservations",
    metadata,
    Column("package_id", Uuid, primary_key=True),
    Column("approval_id", Uuid, nullable=False, unique=True),
    Column("strategy", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("exposure_usd", Numeric, nullable=False),
    Column("residual_usd", Numeric, nullable=False),
    Column("long_leg", JSONB, nullable=False),
    Column("short_leg", JSONB, nullable=False),
    Column("hedge_ratio", Numeric, nullable=False, comment="base units of the short leg for one of the long leg"),
    Column("status", Text, nullable=False),
    Column("reserved_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("status IN ('awaiting', 'opened', 'shown', 'released')", name="reservations_status"),
    CheckConstraint("exposure_usd > 0", name="reservations_exposure"),
    CheckConstraint("hedge_ratio > 0 AND hedge_ratio < 'Infinity'", name="reservations_hedge_ratio"),
)
Index("reservations_standing", reservations.c.status, postgresql_where=reservations.c.status != "released")

mode_changes = Table(
    "mode_changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("mode", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("flattening", Text, comment="why every package is being closed; null when none is"),
    CheckConstraint("mode IN ('active', 'reducing', 'halted')", name="mode_changes_mode"),
    CheckConstraint("flattening IS NULL OR mode = 'halted'", name="mode_changes_flattening"),
)

losing_days = Table(
    "losing_days",
    metadata,
    Column("day", Date, nullable=False),
    Column("asset", Text, nullable=False),
    Column("reduced_packages", ARRAY(Uuid), nullable=False),
    PrimaryKeyConstraint("day", "asset"),
)

waiting_requests = Table(
    "waiting_requests",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("request", JSONB, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="null while it waits for a last free slot"),
    CheckConstraint("until >= since", name="waiting_requests_times"),
)
Index("waiting_requests_standing", waiting_requests.c.since, postgresql_where=waiting_requests.c.ended_at.is_(None))

limit_changes = Table(
    "limit_changes",
    metadata,
    Column("change_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("trace_id", Uuid, nullable=False),
    Column("operator", Text, nullable=False, comment="who ordered it; start: found by a start"),
    Column("reason", Text, nullable=False),
    Column("ordered_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, comment="null while the file is being read"),
    Column("settled_at", DateTime(timezone=True)),
    Column("refusal", Text),
    Column("profile", Text, comment="in force afterwards, as its digest"),
    Column("digest_before", Text),
    Column("digest_after", Text),
    Column("changes", JSONB, nullable=False, comment="by key: before and after"),
    Column("notices", JSONB, nullable=False),
    Column("limits", JSONB(none_as_null=True), comment="the whole set, where it was taken"),
    CheckConstraint("outcome IN ('taken', 'unchanged', 'refused')", name="limit_changes_outcome"),
    CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="limit_changes_settled"),
    CheckConstraint("(outcome IS NULL) = (digest_after IS NULL)", name="limit_changes_digest"),
    CheckConstraint("(refusal IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'refused')", name="limit_changes_refusal"),
    CheckConstraint("(limits IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'taken')", name="limit_changes_limits"),
)

shell_tables(metadata)

TABLES = {table.name: table for table in metadata.sorted_tables}
