"""All tables of schema `portfolio`, by name."""

from poise_portfolio.adapters import (
    hindsight_tables,
    history_tables,
    ledger_tables,
    phases_tables,
    rebalancing_tables,
)
from poise_portfolio.adapters.schema import SCHEMA, metadata

__all__ = [
    "SCHEMA",
    "TABLES",
    "hindsight_tables",
    "history_tables",
    "ledger_tables",
    "metadata",
    "phases_tables",
    "rebalancing_tables",
]

TABLES = {table.name: table for table in metadata.sorted_tables}
