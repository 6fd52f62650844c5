"""Schema `portfolio`, which this service alone writes."""

from sqlalchemy import MetaData

from poise_common.platform.durable_messages import inbox_outbox_tables

SCHEMA = "portfolio"
metadata = MetaData(schema=SCHEMA)
inbox, outbox = inbox_outbox_tables(metadata)
