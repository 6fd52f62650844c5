"""Several venues of one world: the same latent prices, books and accounts of their own, crises that strike all."""

from dataclasses import replace

import numpy as np
import pytest

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.places import Place
from poise_simulator.domain.regimes import DRIFTS
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.views import MarkPrice
from poise_simulator.domain.world import World

START_MS = 1_790_000_000_000
BPS = 1e-4
BASES = ("BTC", "ETH", "SOL")
SOME = tuple(asset for asset in CATALOGUE if asset.base in BASES)
DAY = 1_440


def place(venue: str = "other") -> Place:
    return Place(venue, CATALOGUE, DRIFTS["demo"])


def first(seed: int = 3) -> Exchange:
    return Exchange(ExchangeConfig(), seed=seed, start_ms=START_MS)


def second(seed: int = 3, venue: str = "other") -> Exchange:
    return Exchange(ExchangeConfig(assets=SOME, place=place(venue)), seed=seed, start_ms=START_MS)


@pytest.fixture
def world() -> World:
    return World({"first": first(), "second": second()})


def mid(exchange: Exchange, market: Market, base: str) -> float:
    book = exchange.book(market, f"{base}USDT", 1)
    return float(book.bids[0][0] + book.asks[0][0]) / 2


def index(exchange: Exchange, base: str) -> MarkPrice:
    return exchange.mark(f"{base}USDT")


def test_index_prices_are_the_worlds(world: World) -> None:
    world.advance(START_MS + 20_000)
    one, other = world.exchanges.values()
    assert {base: index(one, base).index for base in BASES} == {base: index(other, base).index for base in BASES}
    assert index(one, "BTC").index != index(first(4), "BTC").index


def test_a_second_venue_changes_nothing_at_the_first() -> None:
    def told(*, with_another: bool) -> list[str]:
        exchange = first()
        world = World({"first": exchange, "second": second()} if with_another else {"first": exchange})
        world.advance(START_MS + 5_000)
        return [repr(event) for event in exchange.drain_events()]

    assert told(with_another=True) == told(with_another=False)


def test_venues_are_drawn_apart_by_their_names() -> None:
    books = []
    for exchange in (second(), second(venue="third"), second()):
        exchange.advance(START_MS + 5_000)
        books.append(exchange.book(Market.SPOT, "BTCUSDT", 5))
    assert books[0] == books[2] != books[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_basis_across_venues_passes_a_fifth_of_a_percent_and_comes_back(seed: int) -> None:
    small = ExchangeConfig(assets=SOME)
    strayed = replace(small, place=Place("other", SOME, DRIFTS["demo"]))
    spot_venue, hedge_venue = (Exchange(config, seed=seed, start_ms=START_MS) for config in (small, strayed))
    world = World({"first": spot_venue, "second": hedge_venue})
    basis = []
    for passed_s in range(1, 91):
        world.advance(START_MS + passed_s * 1_000)
        basis.append(
            [mid(hedge_venue, Market.FUTURES, base) / mid(spot_venue, Market.SPOT, base) - 1.0 for base in BASES]
        )
    wide = np.abs(np.array(basis)) > 20 * BPS
    assert wide.any()
    assert (wide[:-1] & ~wide[1:]).any()
    assert wide.mean() < 0.7


def test_the_past_of_two_venues_is_one_path_that_they_stray_from() -> None:
    closes = [
        np.array([float(candle.close) for candle in exchange.klines(Market.SPOT, "ETHUSDT", 60_000, limit=2 * DAY)])
        for exchange in (first(), second())
    ]
    apart = np.abs(np.log(closes[0]) - np.log(closes[1]))
    assert apart[:-DAY].max() < 1 * BPS
    assert 10 * BPS < apart[-DAY:-1].max() < 100 * BPS
    assert apart[-1] < 2 * BPS


def test_a_crash_strikes_the_world(world: World) -> None:
    world.start_scenario("correlated-crash", at="second", everywhere=True, duration_s=2)
    world.advance(START_MS + 3_000)
    for exchange in world.exchanges.values():
        assert mid(exchange, Market.SPOT, "BTC") == pytest.approx(60_000, rel=0.02)
    world.end_scenario("correlated-crash", at="first", everywhere=True)
    world.advance(START_MS + 20_000)
    for exchange in world.exchanges.values():
        assert mid(exchange, Market.SPOT, "BTC") == pytest.approx(100_000, rel=0.02)
        assert exchange.scenarios() == []


def test_a_crash_asked_of_one_venue_leaves_the_other_alone(world: World) -> None:
    world.start_scenario("correlated-crash", at="second", everywhere=False, duration_s=2)
    world.advance(START_MS + 3_000)
    assert mid(world.exchanges["first"], Market.SPOT, "BTC") == pytest.approx(100_000, rel=0.02)
    assert mid(world.exchanges["second"], Market.SPOT, "BTC") == pytest.approx(60_000, rel=0.02)


def test_an_outage_is_one_venues(world: World) -> None:
    world.start_scenario("venue-outage", at="second", everywhere=True)
    assert [len(exchange.scenarios()) for exchange in world.exchanges.values()] == [0, 1]


def test_a_venue_that_does_not_list_the_asset_is_spared(world: World) -> None:
    started = world.start_scenario("liquidity-crisis", at="first", everywhere=True, asset="DOGE")
    assert started.asset == "DOGE"
    assert [len(exchange.scenarios()) for exchange in world.exchanges.values()] == [1, 0]


def test_ending_what_runs_nowhere_is_refused(world: World) -> None:
    with pytest.raises(Rejected) as refusal:
        world.end_scenario("correlated-crash", at="first", everywhere=True)
    assert refusal.value.reason is RejectReason.SCENARIO_RUNS_NOT


def test_a_venue_lists_what_its_world_has() -> None:
    with pytest.raises(ValueError, match="DOGE"):
        Exchange(
            ExchangeConfig(assets=CATALOGUE[:6], place=Place("other", CATALOGUE[:5], DRIFTS["demo"])),
            seed=1,
            start_ms=START_MS,
        )
