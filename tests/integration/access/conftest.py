"""Servers that know the desk's users."""

from collections.abc import Iterator

import pytest
from tests.access.servers import GuardedBook, GuardedRedis, guarded_book, guarded_redis


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    """A bus with the desk's own ACL file."""
    with guarded_redis(tmp_path_factory.mktemp("guarded-redis")) as running:
        yield running


@pytest.fixture(scope="module")
def book(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> GuardedBook:
    """A migrated book with a login for each service, the console and the dashboards."""
    return guarded_book(database_url, tmp_path_factory.mktemp("passwords"))
