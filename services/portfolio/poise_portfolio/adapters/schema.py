"""Schema `portfolio`, which this service alone writes."""

from sqlalchemy import CheckConstraint, MetaData

from poise_common.platform.shell_tables import shell_tables

SCHEMA = "portfolio"
metadata = MetaData(schema=SCHEMA)
shell_tables(metadata)


def finite(table: str, *columns: str) -> CheckConstraint:
    """Refuse what PostgreSQL takes for a number and no amount can be: NaN, which is beyond all, and both infinities."""
    condition = " AND ".join(f"abs({column}) < 'Infinity'" for column in columns)
    return CheckConstraint(condition, name=f"{table}_amounts_are_finite")
