"""Two venues of one world, in one process, each on a port of its own."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderType, Side
from poise_simulator.settings import OkxSettings, SimulatorSettings


class VenueClient:
    """Speaks to the control API of one venue's port."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        self._session = session
        self._base = base_url

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self._session.request(method, f"{self._base}/{path}", json=body) as response:
            return response.status, await response.json()

    async def read(self, path: str) -> Any:
        status, answer = await self.send("GET", path)
        assert status == 200, answer
        return answer

    async def running(self) -> list[str]:
        return [row["name"] for row in (await self.read("sim/v1/scenarios"))["running"]]


@pytest.fixture
def settings() -> SimulatorSettings:
    return SimulatorSettings(port=0, seed=7, okx=OkxSettings(port=0))


@pytest.fixture
async def venues(simulator: Simulator) -> AsyncIterator[tuple[VenueClient, VenueClient]]:
    async with aiohttp.ClientSession() as session:
        first, second = (VenueClient(session, site.base_url) for site in simulator.sites)
        yield first, second


async def test_each_venue_says_its_name_on_its_own_port(venues: tuple[VenueClient, VenueClient]) -> None:
    told = [await venue.read("sim/v1/info") for venue in venues]
    assert [info["venue"] for info in told] == ["paper", "paper_okx"]
    assert {tuple(info["venues"]) for info in told} == {("paper", "paper_okx")}
    assert {info["seed"] for info in told} == {7}


async def test_a_ledger_is_of_one_venue(simulator: Simulator, venues: tuple[VenueClient, VenueClient]) -> None:
    second = simulator.sites[1].face.served.exchange
    second.submit("paper", OrderRequest(Market.SPOT, "BTCUSDT", Side.BUY, OrderType.MARKET, Decimal("0.01")))
    counts = [(await venue.read("sim/v1/ledger"))["accounts"][0]["venue_orders"] for venue in venues]
    assert counts == [0, 1]


async def test_the_second_venue_lists_the_few_it_is_set_up_with(simulator: Simulator) -> None:
    second = simulator.sites[1].face.served
    assert {item.base for item in second.instruments(Market.FUTURES)} == {"BTC", "ETH", "SOL", "XRP", "DOGE"}


async def test_its_account_is_one_wallet(simulator: Simulator) -> None:
    account = simulator.sites[1].face.served.exchange.account("paper")
    assert {asset: balance.free for asset, balance in account.spot.items()} == {"USDT": Decimal(100_000)}


async def test_a_crisis_strikes_every_venue_unless_one_alone_is_asked_for(
    venues: tuple[VenueClient, VenueClient],
) -> None:
    first, second = venues
    assert (await second.send("POST", "sim/v1/scenarios/correlated-crash"))[0] == 200
    assert (await first.send("POST", "sim/v1/scenarios/funding-flip", {"strikes": "venue"}))[0] == 200
    assert await first.running() == ["correlated-crash", "funding-flip"]
    assert await second.running() == ["correlated-crash"]
    assert (await first.send("DELETE", "sim/v1/scenarios/correlated-crash"))[0] == 200
    assert (await second.send("DELETE", "sim/v1/scenarios/correlated-crash?strikes=moon"))[0] == 400


async def test_an_outage_of_one_venue_leaves_the_other_up(venues: tuple[VenueClient, VenueClient]) -> None:
    first, second = venues
    assert (await first.send("POST", "sim/v1/actions/maintenance", {"on": True}))[0] == 200
    assert (await first.send("GET", "api/v3/time"))[0] == 503
    assert (await second.read("healthz"))["status"] == "ok"
    assert (await second.send("POST", "sim/v1/scenarios/venue-outage"))[0] == 200
    assert await first.running() == []


async def test_faults_are_set_at_one_venue(venues: tuple[VenueClient, VenueClient]) -> None:
    first, second = venues
    assert (await second.send("POST", "sim/v1/faults", {"kind": "hang"}))[0] == 200
    assert [len((await venue.read("sim/v1/faults"))["faults"]) for venue in (first, second)] == [0, 1]


async def test_a_second_port_in_use_lets_the_first_go(simulator: Simulator) -> None:
    taken = simulator.sites[1].port
    other = Simulator(SimulatorSettings(port=0, okx=OkxSettings(port=taken)))
    with pytest.raises(OSError, match=str(taken)):
        await other.__aenter__()
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{other.base_url}/healthz")


@pytest.mark.parametrize(
    ("okx", "named"),
    [
        ({"port": 9870}, "okx.port 9870"),
        ({"assets": ("ETH",)}, "BTC first"),
        ({"assets": ("BTC", "MOON")}, "MOON"),
        ({"api_keys": [{"key": "k", "secret": "s", "account_id": "nobody"}]}, "nobody"),
    ],
)
def test_a_second_venue_that_cannot_be_is_refused_by_name(okx: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        SimulatorSettings(port=9870, okx=okx)
