"""The servers of the integration tests, for desks that are started whole."""

from tests.integration.access.conftest import book as guarded_book
from tests.integration.access.conftest import bus as guarded_redis
from tests.integration.conftest import (
    database_url,
    migrated,
    newest_schema,
    postgres_server,
    redis_server,
    redis_url,
    simulator,
)
from tests.integration.ingestion.conftest import bus

__all__ = [
    "bus",
    "database_url",
    "guarded_book",
    "guarded_redis",
    "migrated",
    "newest_schema",
    "postgres_server",
    "redis_server",
    "redis_url",
    "simulator",
]
