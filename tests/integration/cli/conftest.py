"""The risk service for orders to reach, and books with nothing in them."""

import pytest
from tests.integration.portfolio.conftest import engine as portfolio_engine
from tests.integration.risk.conftest import engine, keys, risk

__all__ = ["engine", "keys", "portfolio_engine", "risk"]


@pytest.fixture
def bus(redis_url: str) -> dict[str, str]:
    """The environment of a person's shell that knows the desk's bus."""
    return {"POISE_REDIS__URL": redis_url}
