"""All five cores and the matching core on a virtual clock, over a bus and a network that misbehave, from a seed."""

import pytest
from tests.simulation.worlds import check, of_type, run_world

from poise_common.contracts.execution import PackageClosed, PackageOpened

SEEDS = range(1, 61)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_is_the_venues_and_every_order_was_approved_once(seed: int) -> None:
    check(run_world(seed))


def test_the_worlds_trade_and_their_faults_strike() -> None:
    """The invariants above would hold of a desk that does nothing: these worlds open, close, and suffer."""
    worlds = [run_world(seed) for seed in SEEDS[:10]]
    assert sum(len(of_type(world, PackageOpened)) for world in worlds) >= 15
    assert sum(len(of_type(world, PackageClosed)) for world in worlds) >= 4
    assert all(world.duplicates_delivered for world in worlds)
    assert any(world.answers_lost for world in worlds)


def test_the_same_seed_gives_the_same_hash_and_another_seed_another() -> None:
    first, again, other = run_world(7), run_world(7), run_world(8)
    assert first.desk.digest == again.desk.digest
    assert first.desk.digest != other.desk.digest
