"""Stablecoin pairs: pegged, off the peg by little now and then, and by much in a crisis."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE, AssetProfile
from poise_simulator.domain.catalog import check_assets
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.depegs import Depegs
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.regimes import DEMO, PROFILES, RegimeProfile

START_MS = 1_790_000_000_000
STABLECOINS = tuple(asset for asset in CATALOGUE if asset.is_pegged)


def mid(exchange: Exchange, symbol: str) -> Decimal:
    book = exchange.book(Market.SPOT, symbol, 1)
    return (book.bids[0][0] + book.asks[0][0]) / 2


def test_two_stablecoins_are_quoted_near_their_peg() -> None:
    assert [asset.base for asset in STABLECOINS] == ["USDC", "FDUSD"]
    exchange = Exchange(ExchangeConfig(), seed=1, start_ms=START_MS)
    for second in range(1, 61):
        exchange.advance(START_MS + second * 1_000)
        for asset in STABLECOINS:
            assert abs(mid(exchange, asset.symbol) - 1) < Decimal("0.005")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_small_depegs_come_go_and_stay_small(seed: int) -> None:
    depegs = Depegs(STABLECOINS, DEMO.depegs, seed)
    seen = []
    for step in range(1, 3_001):
        depegs.step(step * 0.2)
        seen.append(depegs.values.copy())
    off_bps = np.abs(np.array(seen)) * 1e4
    assert (off_bps.max(axis=0) <= DEMO.depegs.peak_bps.high + 1e-9).all()
    assert (off_bps.max(axis=0) >= DEMO.depegs.peak_bps.low).all()
    assert ((off_bps == 0.0).mean(axis=0) > 0.2).all()


def test_an_asset_without_a_peg_never_leaves_it() -> None:
    depegs = Depegs(CATALOGUE[:3], DEMO.depegs, 1)
    depegs.step(10_000.0)
    assert not depegs.values.any()


def test_a_pair_in_another_quote_is_worth_what_both_of_its_legs_say() -> None:
    exchange = Exchange(ExchangeConfig(cross_pairs=(("BTC", "USDC"),)), seed=4, start_ms=START_MS)
    instrument = exchange.instruments[Market.SPOT, "BTCUSDC"]
    assert (instrument.base, instrument.quote) == ("BTC", "USDC")
    exchange.advance(START_MS + 30_000)
    crossed = mid(exchange, "BTCUSDT") / mid(exchange, "USDCUSDT")
    assert mid(exchange, "BTCUSDC") == pytest.approx(crossed, rel=Decimal("0.001"))
    assert len(exchange.klines(Market.SPOT, "BTCUSDC", 3_600_000, limit=200)) == 200


def test_a_stablecoin_of_either_kind_can_be_struck_by_the_crisis() -> None:
    for asset in STABLECOINS:
        exchange = Exchange(ExchangeConfig(), seed=4, start_ms=START_MS)
        exchange.start_scenario("stablecoin-depeg", duration_s=2.0, asset=asset.base)
        exchange.advance(START_MS + 5_000)
        assert mid(exchange, asset.symbol) == pytest.approx(Decimal("0.9"), abs=Decimal("0.006"))


def test_what_is_drawn_apart_changes_nothing_about_the_others() -> None:
    def events(assets: tuple[AssetProfile, ...]) -> list[str]:
        exchange = Exchange(ExchangeConfig(assets=assets), seed=9, start_ms=START_MS)
        exchange.advance(START_MS + 5_000)
        candles = exchange.klines(Market.SPOT, "BTCUSDT", 3_600_000, limit=100)
        others = [event for event in exchange.drain_events() if getattr(event, "symbol", "") != "FDUSDUSDT"]
        return [*map(repr, others), repr(candles)]

    assert events(CATALOGUE) == events(CATALOGUE[:-1])


def test_what_is_drawn_apart_stands_last() -> None:
    btc, fdusd, eth = CATALOGUE[0], CATALOGUE[-1], CATALOGUE[1]
    check_assets((btc, eth, fdusd))
    with pytest.raises(ValueError, match="stand last"):
        check_assets((btc, fdusd, eth))


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_depegs_of_every_profile_stay_short_of_a_crisis(profile: RegimeProfile) -> None:
    assert profile.depegs.peak_bps.high < 50.0
