"""The fixtures of the first protocol's tests, at the simulator's second venue."""

from collections.abc import Iterator

import pytest
from tests.integration.conftest import Simulator, free_port, simulator_process
from tests.integration.venues.place import PAPER_OKX, Place

from poise_venues.okx import budgets


@pytest.fixture
def place() -> Place:
    return PAPER_OKX


@pytest.fixture(autouse=True)
def soon_forgotten_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a refusal for their frequency requests go on at once."""
    monkeypatch.setattr(budgets, "REFUSAL_LASTS_S", 0.0)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The address of the second venue of a simulator of its own, seed 7."""
    port = free_port()
    with simulator_process(tmp_path_factory.mktemp("simulator"), okx_port=port):
        yield Simulator(port)
