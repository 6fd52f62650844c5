import pytest
from tests.unit.execution.messages import closing
from tests.unit.execution.resting_closings import REST, quote, shows
from tests.unit.execution.rig import Rig

from poise_common.contracts.packages import LegRole


@pytest.fixture
def rig() -> Rig:
    return Rig().ready()


@pytest.fixture
def resting(rig: Rig) -> Rig:
    """A package whose closing rests, both legs in the book with nothing filled."""
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    for role in LegRole:
        shows(rig, rig.take_order(role).client_order_id, "0")
    return rig
