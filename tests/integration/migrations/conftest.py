"""A server of their own: roles are the whole server's, and those who go back to no schema take them away."""

from collections.abc import Iterator

import pytest
from tests.integration.conftest import running_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_postgres() as url:
        yield url
