"""The market as a whole, read from a simulated venue's port as from CoinGecko."""

import pytest

from poise_ingestion.adapters.market_overview import OverviewSource, OverviewUnreadable
from poise_simulator.app import Simulator
from poise_simulator.settings import SimulatorSettings


async def test_dominance_and_capitalisation_come_as_the_simulated_market_has_them() -> None:
    async with Simulator(SimulatorSettings(port=0, seed=7)) as simulator:
        overview = await OverviewSource(simulator.base_url, 5.0).read()
        assert 40.0 < overview.btc_dominance_pct < 80.0
        assert overview.total_market_cap_usd > 1e12
        assert abs(overview.updated_at.timestamp() - simulator.venue.now_ms / 1_000) < 5


async def test_another_answer_or_none_is_said_with_its_address() -> None:
    async with Simulator(SimulatorSettings(port=0, seed=7)) as simulator:
        with pytest.raises(OverviewUnreadable, match="/healthz/global"):
            await OverviewSource(f"{simulator.base_url}/healthz", 5.0).read()
        gone = simulator.base_url
    with pytest.raises(OverviewUnreadable, match=gone):
        await OverviewSource(gone, 5.0).read()
