"""All five cores and the matching core on a virtual clock, over a bus and a network that misbehave, from a seed."""

import pytest
from tests.simulation.worlds import check, of_type, run_world

from poise_common.contracts.execution import PackageClosed, PackageOpened

BATCHES = [range(first, first + 8) for first in (1, 9, 17)]


@pytest.mark.timeout(300)  # eight worlds, one after the other
@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_the_ledger_is_the_venues_every_order_was_approved_once_and_the_desk_trades(seeds: range) -> None:
    """What is checked would hold of a desk that does nothing: these worlds open, close, and suffer.

    A world that begins in a storm, by its own last month, enters nothing: nearly all do not.
    """
    worlds = [run_world(seed) for seed in seeds]
    for world in worlds:
        check(world)
    assert sum(len(of_type(world, PackageOpened)) for world in worlds) >= 12
    assert sum(len(of_type(world, PackageClosed)) for world in worlds) >= 2
    assert sum(world.duplicates_delivered > 0 for world in worlds) >= 5


def test_answers_are_lost_on_the_way() -> None:
    assert any(run_world(seed).answers_lost for seed in (2, 7))


def test_the_same_seed_gives_the_same_hash_and_another_seed_another() -> None:
    first, again, other = run_world(7), run_world(7), run_world(8)
    assert first.desk.digest == again.desk.digest
    assert first.desk.digest != other.desk.digest
