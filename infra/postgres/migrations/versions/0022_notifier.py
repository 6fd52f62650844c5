"""Schema `notifier`: alerts that fire and fired, what is told of them to whom, and what people ordered by Telegram."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022_notifier"
down_revision = "0021_rolling"
branch_labels = None
depends_on = None

SCHEMA = "notifier"
DASHBOARDS_ROLE = "poise_dashboards"


def upgrade() -> None:
    op.execute(sa.schema.CreateSchema(SCHEMA))
    _create_alerts()
    _create_notices()
    _create_orders()
    op.create_table(
        "telegram_updates",
        sa.Column("update_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, index=True),
        schema=SCHEMA,
    )
    _create_shell_tables()
    _allow_dashboards()


def downgrade() -> None:
    op.execute(sa.schema.DropSchema(SCHEMA, cascade=True))


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("episode_id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("peak_severity", sa.Text(), nullable=False, comment="the worst it ever was"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False, comment="when it was last said to fire"),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="null while it fires"),
        sa.CheckConstraint("severity IN ('info', 'warning', 'critical')", name="alerts_severity"),
        sa.CheckConstraint("peak_severity IN ('info', 'warning', 'critical')", name="alerts_peak_severity"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="alerts_end_after_they_began"),
        schema=SCHEMA,
    )
    op.create_index(
        "alerts_fire_once",
        "alerts",
        ["name", "subject"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("alerts_by_time", "alerts", ["began_at"], schema=SCHEMA)


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.Uuid(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False, unique=True, comment="the order in which they are told"),
        sa.Column("mailbox", sa.Text(), nullable=False, comment="telegram:<chat>, or webhook"),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), comment="of the alert that is told; null for an answer to a person"),
        sa.Column("alert", postgresql.JSONB(none_as_null=True), comment="the alert as it was"),
        sa.Column("text", sa.Text(), nullable=False, comment="of an answer"),
        sa.Column("order_id", sa.Uuid(), comment="the order that this asks to be confirmed"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("receipt", sa.BigInteger(), comment="the channel's own number of the message"),
        sa.Column("note", sa.Text(), nullable=False, comment="why the last attempt failed, or how it was told"),
        sa.CheckConstraint(
            "occasion IN ('began', 'changed', 'lasts', 'ended', 'happened', 'answer')", name="notices_occasion"
        ),
        sa.CheckConstraint("(occasion = 'answer') = (alert IS NULL)", name="notices_tell_an_alert_or_answer"),
        sa.CheckConstraint("state IN ('waiting', 'delivered', 'summarised', 'set_aside')", name="notices_state"),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="notices_end"),
        sa.CheckConstraint(
            "attempts >= 0 AND (attempts > 0 OR state = 'waiting')", name="notices_are_told_by_attempts"
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "notices_waiting", "notices", ["position"], schema=SCHEMA, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index("notices_by_episode", "notices", ["episode_id"], schema=SCHEMA)


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.Uuid(), primary_key=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "lock",
            postgresql.JSONB(none_as_null=True),
            comment="what an acknowledgement was asked for with: the lock as shown",
        ),
        sa.Column("venue", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), comment="null for an order that needs no confirmation"),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("is_late", sa.Boolean(), nullable=False, comment="people were told that nobody confirmed it in time"),
        sa.CheckConstraint("command IN ('halt', 'resume', 'flatten', 'ack')", name="orders_command"),
        sa.CheckConstraint(
            "state IN ('asked', 'sent', 'closing', 'done', 'refused', 'expired', 'cancelled')", name="orders_state"
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'refused', 'expired', 'cancelled')) = (ended_at IS NOT NULL)", name="orders_end"
        ),
        sa.CheckConstraint("state NOT IN ('sent', 'closing', 'done') OR sent_at IS NOT NULL", name="orders_are_sent"),
        sa.CheckConstraint("state NOT IN ('asked', 'expired', 'cancelled') OR sent_at IS NULL", name="orders_unsent"),
        sa.CheckConstraint(
            "expires_at IS NULL OR sent_at IS NULL OR sent_at <= expires_at", name="orders_sent_in_time"
        ),
        sa.CheckConstraint("command = 'halt' OR expires_at IS NOT NULL", name="orders_are_confirmed"),
        sa.CheckConstraint("(command = 'ack') = (lock IS NOT NULL AND venue IS NOT NULL)", name="orders_lock"),
        schema=SCHEMA,
    )
    op.create_index(
        "orders_standing", "orders", ["asked_at"], schema=SCHEMA, postgresql_where=sa.text("ended_at IS NULL")
    )


def _create_shell_tables() -> None:
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid(), primary_key=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("message_id", sa.Uuid(), nullable=False, unique=True),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
    op.create_table(
        "lease",
        sa.Column("epoch", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        schema=SCHEMA,
    )


def _allow_dashboards() -> None:
    """Let the dashboards read this schema as they read the others, where their role was made."""
    role = {"role": DASHBOARDS_ROLE}
    if not op.get_bind().scalar(sa.text("SELECT true FROM pg_roles WHERE rolname = :role"), role):
        return
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {DASHBOARDS_ROLE}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {DASHBOARDS_ROLE}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {DASHBOARDS_ROLE}")
