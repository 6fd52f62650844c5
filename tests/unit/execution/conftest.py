import pytest
from tests.unit.execution.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig().ready()
