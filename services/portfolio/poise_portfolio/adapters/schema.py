"""Schema `portfolio`, which this service alone writes."""

from sqlalchemy import MetaData

from poise_common.platform.shell_tables import shell_tables

SCHEMA = "portfolio"
metadata = MetaData(schema=SCHEMA)
shell_tables(metadata)
