"""Seeded worlds whose processes are lost, before or after a commit, and come back from what they had stored."""

import pytest
from tests.simulation.worlds import check, of_type, run_world

from poise.simulation.kills import KillMoment
from poise_common.contracts.execution import PackageClosed, PackageOpened
from poise_common.contracts.streams import Service

SEEDS = range(201, 221)
KILLS = 8


@pytest.mark.parametrize("seed", SEEDS)
def test_lost_processes_cost_no_fill_and_repeat_no_order(seed: int) -> None:
    world = run_world(seed, kills=KILLS)
    check(world)
    assert world.killed


@pytest.mark.timeout(300)  # ten worlds, one after the other
def test_every_service_dies_at_both_moments_and_the_desk_still_trades() -> None:
    """The invariants above would hold of kills that never strike: these strike everywhere."""
    worlds = [run_world(seed, kills=KILLS) for seed in SEEDS[:10]]
    struck = {(kill.service, kill.moment) for world in worlds for kill in world.killed}
    assert {moment for _, moment in struck} == set(KillMoment)
    assert {service for service, _ in struck} == set(Service) - {Service.NOTIFIER, Service.CONSOLE}
    assert sum(len(of_type(world, PackageOpened)) for world in worlds) >= 16
    assert sum(len(of_type(world, PackageClosed)) for world in worlds) >= 4


def test_the_same_seed_loses_the_same_processes_and_gives_the_same_hash() -> None:
    first, again = run_world(207, kills=KILLS), run_world(207, kills=KILLS)
    assert first.killed == again.killed
    assert first.desk.digest == again.desk.digest
