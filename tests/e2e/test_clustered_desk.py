"""The whole desk on a Redis Cluster: it opens packages, loses the master of its keys, and goes on."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.cli.running_desk import RunningDesk, running_desk
from tests.integration.common.redis_nodes import Cluster, running_cluster, until
from tests.integration.conftest import Simulator
from tests.integration.service_process import ROOT

from poise.stack import DeskAddresses

_TRADING_WITHIN_S = 120

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path / "cluster", replicas=1) as cluster:
        yield cluster


async def test_the_desk_opens_packages_and_goes_on_after_its_keys_master_died(
    tmp_path: Path, cluster: Cluster, migrated: str, simulator: Simulator
) -> None:
    venues = {"paper": simulator.http_url}
    addresses = DeskAddresses(cluster.url, migrated, venues, ROOT / "config", tmp_path / "keys")
    async with running_desk(addresses, tmp_path) as desk:
        await desk.until(desk.is_trading, "packages are held", within_s=_TRADING_WITHIN_S)
        assert await desk.held_at_the_venue_usd()
        master = cluster.home
        master.kill()
        await asyncio.to_thread(until, lambda: cluster.home is not master, "the replica has taken over")
        flattened = await desk.order("flatten", "--reason", "drill", "--wait", "--wait-s", "60")
        assert flattened.code == 0, flattened.errors
        assert await nothing_held(desk)
        assert not await desk.rows("SELECT 1 FROM execution.packages WHERE state = 'halted'")


async def nothing_held(desk: RunningDesk) -> bool:
    return not await desk.held_at_the_venue_usd()
