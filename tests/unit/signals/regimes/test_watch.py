"""Regimes as they are told of assets, hour by hour, and what they forbid."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest
from tests.unit.signals.regimes.test_regimes import shipped
from tests.unit.signals.rig import Rig
from tests.unit.signals.two_assets.markets import listed, universe

from poise_common.contracts.market_data import Candle, CandleHistory, CandleInterval
from poise_common.contracts.packages import OpenPackage
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.market.histories import HourlyHistories
from poise_signals.domain.regimes.asset_models import AssetsConfig, Regime
from poise_signals.domain.regimes.watch import RegimeWatch

HOUR_MS = 3_600_000
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def put(kept: HourlyHistories, asset: str, closes: np.ndarray, from_hour: int = 0) -> None:
    for place, close in enumerate(closes):
        kept.put(InstrumentId("paper", f"{asset}/USDT:USDT"), (from_hour + place) * HOUR_MS, float(close), 1.0)


def calm(seed: int = 1, bars: int = 400) -> np.ndarray:
    """Hours whose volatility comes and goes a little, and is at its usual in the end."""
    dice = np.random.default_rng(seed)
    volatility = 0.004 * (1 + 0.3 * np.sin(np.arange(bars) / 20))
    volatility[-40:] = 0.003
    steps = dice.normal(0, 1, bars) * volatility
    found: np.ndarray = 100 * np.exp(np.cumsum(steps))
    return found


def crash(after: np.ndarray, bars: int = 24) -> np.ndarray:
    steps = np.random.default_rng(2).normal(0, 0.03, bars)
    found: np.ndarray = after[-1] * np.exp(np.cumsum(steps))
    return found


def watch(kept: HourlyHistories, config: AssetsConfig | None = None) -> RegimeWatch:
    found = RegimeWatch(config or shipped(), "BTC", kept)
    found.take_universe(universe(listed("BTC"), listed("SOL")))
    return found


def test_an_asset_without_a_history_is_unknown_and_may_be_entered_unless_configured() -> None:
    kept = HourlyHistories(720)
    assert watch(kept).regime("SOL") is Regime.UNKNOWN
    put(kept, "SOL", calm()[:200])
    assert watch(kept).regime("SOL") is Regime.UNKNOWN
    assert watch(kept).why_no_entry("SOL") is None
    strict = shipped(entries_blocked_in=["stressed", "unknown"])
    assert watch(kept, strict).why_no_entry("SOL") == "SOL is unknown"


def test_a_crash_makes_an_asset_stressed_which_bars_entries_in_it() -> None:
    kept = HourlyHistories(720)
    before = calm()
    put(kept, "SOL", before)
    put(kept, "BTC", calm(seed=5))
    regimes = watch(kept)
    assert regimes.why_no_entry("BTC", "SOL") is None
    put(kept, "SOL", crash(before), from_hour=len(before))
    assert regimes.regime("SOL") is Regime.STRESSED
    assert regimes.why_no_entry("BTC", "SOL") == "SOL is stressed"
    assert regimes.why_no_entry("BTC") is None


def test_bitcoins_stress_spreads_to_what_follows_it() -> None:
    kept = HourlyHistories(720)
    before = calm(seed=5)
    put(kept, "BTC", before)
    put(kept, "BTC", crash(before), from_hour=len(before))
    put(kept, "SOL", calm(bars=424))
    # Of Bitcoin's 100th percentile 0.95 is SOL's at least: volatile from 70 on, stressed from 95.5.
    assert watch(kept).regime("SOL") is Regime.VOLATILE


def test_one_hour_is_told_once_and_the_next_anew() -> None:
    kept = HourlyHistories(720)
    before = calm()
    put(kept, "BTC", before)
    regimes = watch(kept)
    told = regimes.regime("BTC")
    put(kept, "BTC", before[-1:] * 1.001, from_hour=len(before) - 1)
    assert regimes.regime("BTC") is told
    put(kept, "BTC", crash(before), from_hour=len(before))
    assert regimes.regime("BTC") is Regime.STRESSED


@pytest.mark.parametrize(("is_stressed", "asks"), [(False, True), (True, False)])
def test_the_core_opens_nothing_in_a_stressed_asset_and_says_so(
    new_rig: Callable[..., Rig], is_stressed: bool, asks: bool
) -> None:
    rig = new_rig()
    before = calm()
    closes = np.concatenate([before, crash(before)]) if is_stressed else before
    first_ms = to_ms(rig.now) - len(closes) * HOUR_MS
    rig.hear(
        CandleHistory.first(
            UUID(int=1),
            "ingestion",
            rig.now,
            venue="paper",
            symbol="ETH/USDT:USDT",
            asset="ETH",
            interval=CandleInterval.HOUR,
            candles=tuple(
                Candle(first_ms + place * HOUR_MS, *(float(close),) * 4, 1.0) for place, close in enumerate(closes)
            ),
        )
    )
    rig.ready()
    rig.premium(50)
    assert any(isinstance(request, OpenPackage) for request in rig.requests) is asks
    assert (rig.why_not() == "ETH is stressed") is is_stressed
