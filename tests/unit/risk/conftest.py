"""A desk that is ready to trade."""

import pytest
from tests.unit.risk.risk_desk import RiskDesk


@pytest.fixture
def desk() -> RiskDesk:
    return RiskDesk().ready()
