"""Run the revisions on the connection that `poise_common.platform.migrations` opens."""

from alembic import context
from sqlalchemy import Connection, text

_ONE_AT_A_TIME = 0x706F697365
"""Any constant number: two migration steps that start together wait for each other."""


def migrate(connection: Connection) -> None:
    """Run all wanted revisions in one transaction, so that a failed step leaves nothing half done."""
    context.configure(connection=connection, include_schemas=True, compare_type=True, compare_server_default=True)
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        context.run_migrations()


if "connection" not in context.config.attributes:
    raise SystemExit("these revisions are run by `poise migrate`, which knows the database")

migrate(context.config.attributes["connection"])
