"""Seeded worlds whose processes are lost, before or after a commit, and come back from what they had stored."""

import pytest
from tests.simulation.worlds import check, of_type, run_world

from poise.simulation.kills import KillMoment
from poise_common.contracts.execution import PackageClosed, PackageOpened
from poise_common.contracts.streams import Service

SEEDS = range(207, 213)
KILLS = 8


@pytest.mark.timeout(300)  # six worlds, one after the other
def test_lost_processes_cost_no_fill_repeat_no_order_and_the_desk_still_trades() -> None:
    """What is checked would hold of kills that never strike: these strike every service, at both moments."""
    worlds = [run_world(seed, kills=KILLS) for seed in SEEDS]
    for world in worlds:
        check(world)
    struck = {(kill.service, kill.moment) for world in worlds for kill in world.killed}
    assert {moment for _, moment in struck} == set(KillMoment)
    assert {service for service, _ in struck} == set(Service) - {Service.NOTIFIER, Service.CONSOLE}
    assert sum(len(of_type(world, PackageOpened)) for world in worlds) >= 12
    assert sum(len(of_type(world, PackageClosed)) for world in worlds) >= 1


def test_the_same_seed_loses_the_same_processes_and_gives_the_same_hash() -> None:
    first, again = run_world(207, kills=KILLS), run_world(207, kills=KILLS)
    assert first.killed == again.killed
    assert first.desk.digest == again.desk.digest
