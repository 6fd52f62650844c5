"""Schema `risk`: decisions, approvals, reservations, modes, losing days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_risk"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "risk"


def upgrade() -> None:
    op.execute(sa.schema.CreateSchema(SCHEMA))
    _create_decisions()
    _create_approvals()
    _create_reservations()
    op.create_table(
        "mode_changes",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("flattening", sa.Text, comment="why every package is being closed; null when none is"),
        sa.CheckConstraint("mode IN ('active', 'reducing', 'halted')", name="mode_changes_mode"),
        sa.CheckConstraint("flattening IS NULL OR mode = 'halted'", name="mode_changes_flattening"),
        schema=SCHEMA,
    )
    op.create_table(
        "losing_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("reduced_packages", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.PrimaryKeyConstraint("day", "asset"),
        schema=SCHEMA,
    )
    _create_inbox_and_outbox()


def downgrade() -> None:
    op.execute(sa.schema.DropSchema(SCHEMA, cascade=True))


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.Uuid, primary_key=True),
        sa.Column("trace_id", sa.Uuid, nullable=False),
        sa.Column("package_id", sa.Uuid, nullable=False, index=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("requested_exposure_usd", sa.Numeric, nullable=False),
        sa.Column("approved_exposure_usd", sa.Numeric, nullable=False),
        sa.Column("binding_limit", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("checks", postgresql.JSONB, nullable=False),
        sa.Column("approval_id", sa.Uuid),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.CheckConstraint("action IN ('open', 'close')", name="decisions_action"),
        sa.CheckConstraint("verdict IN ('approved', 'approved_smaller', 'rejected')", name="decisions_verdict"),
        sa.CheckConstraint("(verdict = 'rejected') = (approval_id IS NULL)", name="decisions_approval"),
        sa.CheckConstraint(
            "verdict = 'rejected' OR approved_exposure_usd <= requested_exposure_usd", name="decisions_size"
        ),
        schema=SCHEMA,
    )


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("package_id", sa.Uuid, nullable=False, index=True),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("close_reason", sa.Text),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval", postgresql.JSONB, nullable=False, comment="what was signed"),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, comment="null until execution says what came of it"),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("action IN ('open', 'close')", name="approvals_action"),
        sa.CheckConstraint("(action = 'close') = (close_reason IS NOT NULL)", name="approvals_reason"),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="approvals_outcome"),
        sa.CheckConstraint("expires_at <= issued_at + interval '5 seconds'", name="approvals_life"),
        schema=SCHEMA,
    )
    op.create_index(
        "approvals_unsettled",
        "approvals",
        ["issued_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _create_reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("package_id", sa.Uuid, primary_key=True),
        sa.Column("approval_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("exposure_usd", sa.Numeric, nullable=False),
        sa.Column("residual_usd", sa.Numeric, nullable=False),
        sa.Column("long_leg", postgresql.JSONB, nullable=False),
        sa.Column("short_leg", postgresql.JSONB, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('awaiting', 'opened', 'shown', 'released')", name="reservations_status"),
        sa.CheckConstraint("exposure_usd > 0", name="reservations_exposure"),
        schema=SCHEMA,
    )
    op.create_index(
        "reservations_standing",
        "reservations",
        ["status"],
        schema=SCHEMA,
        postgresql_where=sa.text("status != 'released'"),
    )


def _create_inbox_and_outbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
