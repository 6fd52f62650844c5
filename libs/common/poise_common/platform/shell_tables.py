"""The tables that the shell keeps in every service's schema."""

from typing import NamedTuple

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, Uuid, func


class ShellTables(NamedTuple):
    """The ids of messages taken, the messages owed, and the one row that says which process may write."""

    inbox: Table
    outbox: Table
    lease: Table


def shell_tables(metadata: MetaData) -> ShellTables:
    """Add the shell's tables to a service's metadata (whose schema they live in)."""
    inbox = Table(
        "inbox",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("stream", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )
    outbox = Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(), primary_key=True),
        Column("message_id", Uuid, nullable=False, unique=True),
        Column("stream", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("stored_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    lease = Table(
        "lease",
        metadata,
        # The key, so that a bump waits for whoever holds the row with FOR KEY SHARE, and a renewal does not.
        Column("epoch", BigInteger, primary_key=True, autoincrement=False),
        Column("holder", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False),
        Column("renewed_at", DateTime(timezone=True), nullable=False),
    )
    return ShellTables(inbox, outbox, lease)
