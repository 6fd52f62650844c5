"""The notifier's schema: alerts that fire and fired, what is told of them to whom, and what people ordered."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from poise_common.platform.shell_tables import shell_tables

SCHEMA = "notifier"

metadata = MetaData(schema=SCHEMA)

alerts = Table(
    "alerts",
    metadata,
    Column("episode_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("peak_severity", Text, nullable=False, comment="the worst it ever was"),
    Column("text", Text, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False, comment="when it was last said to fire"),
    Column("told_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), comment="null while it fires"),
    CheckConstraint("severity IN ('info', 'warning', 'critical')", name="alerts_severity"),
    CheckConstraint("peak_severity IN ('info', 'warning', 'critical')", name="alerts_peak_severity"),
    CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="alerts_end_after_they_began"),
)
Index(
    "alerts_fire_once",
    alerts.c.name,
    alerts.c.subject,
    unique=True,
    postgresql_where=alerts.c.ended_at.is_(None),
)
Index("alerts_by_time", alerts.c.began_at)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False, unique=True, comment="the order in which they are told"),
    Column("mailbox", Text, nullable=False, comment="telegram:<chat>, or webhook"),
    Column("occasion", Text, nullable=False),
    Column("episode_id", Uuid, comment="of the alert that is told; null for an answer to a person"),
    Column("alert", JSONB(none_as_null=True), comment="the alert as it was"),
    Column("text", Text, nullable=False, comment="of an answer"),
    Column("order_id", Uuid, comment="the order that this asks to be confirmed"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("receipt", BigInteger, comment="the channel's own number of the message"),
    Column("note", Text, nullable=False, comment="why the last attempt failed, or how it was told"),
    CheckConstraint(
        "occasion IN ('began', 'changed', 'lasts', 'ended', 'happened', 'answer')", name="notices_occasion"
    ),
    CheckConstraint("(occasion = 'answer') = (alert IS NULL)", name="notices_tell_an_alert_or_answer"),
    CheckConstraint("state IN ('waiting', 'delivered', 'summarised', 'set_aside')", name="notices_state"),
    CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="notices_end"),
    CheckConstraint("attempts >= 0 AND (attempts > 0 OR state = 'waiting')", name="notices_are_told_by_attempts"),
)
Index("notices_waiting", notices.c.position, postgresql_where=notices.c.state == "waiting")
Index("notices_by_episode", notices.c.episode_id)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("command", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("lock", JSONB(none_as_null=True), comment="what an acknowledgement was asked for with: the lock as shown"),
    Column("venue", Text),
    Column("state", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), comment="null for an order that needs no confirmation"),
    Column("sent_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("is_late", Boolean, nullable=False, comment="people were told that nobody confirmed it in time"),
    CheckConstraint("command IN ('halt', 'resume', 'flatten', 'ack')", name="orders_command"),
    CheckConstraint(
        "state IN ('asked', 'sent', 'closing', 'done', 'refused', 'expired', 'cancelled')", name="orders_state"
    ),
    CheckConstraint(
        "(state IN ('done', 'refused', 'expired', 'cancelled')) = (ended_at IS NOT NULL)", name="orders_end"
    ),
    CheckConstraint("state NOT IN ('sent', 'closing', 'done') OR sent_at IS NOT NULL", name="orders_are_sent"),
    CheckConstraint("state NOT IN ('asked', 'expired', 'cancelled') OR sent_at IS NULL", name="orders_unsent"),
    CheckConstraint("expires_at IS NULL OR sent_at IS NULL OR sent_at <= expires_at", name="orders_sent_in_time"),
    CheckConstraint("command = 'halt' OR expires_at IS NOT NULL", name="orders_are_confirmed"),
    CheckConstraint("(command = 'ack') = (lock IS NOT NULL AND venue IS NOT NULL)", name="orders_lock"),
)
Index("orders_standing", orders.c.asked_at, postgresql_where=orders.c.ended_at.is_(None))

telegram_updates = Table(
    "telegram_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("taken_at", DateTime(timezone=True), nullable=False, index=True),
)

shell_tables(metadata)

TABLES = {table.name: table for table in metadata.sorted_tables}
