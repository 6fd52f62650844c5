"""All tables of schema `portfolio`, by name."""

from poise_portfolio.adapters import history_tables, ledger_tables
from poise_portfolio.adapters.schema import SCHEMA, metadata

__all__ = ["SCHEMA", "TABLES", "history_tables", "ledger_tables", "metadata"]

TABLES = {table.name: table for table in metadata.sorted_tables}
