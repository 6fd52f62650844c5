"""Premium episodes come often enough, on enough assets, for any seed; and go again."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.premiums import Episode, EpisodeSchedule
from poise_simulator.domain.regimes import CALM, DEMO, PROFILES

START_MS = 1_790_000_000_000


def contango_starts(seed: int, seconds: int, schedule: EpisodeSchedule | None = None) -> list[tuple[float, int]]:
    schedule = schedule or EpisodeSchedule(CATALOGUE, DEMO, seed)
    starts = set()
    for tenth in range(seconds * 10):
        schedule.step(tenth / 10)
        starts |= {(e.started_s, e.asset) for e in schedule.active.values() if e.peak > 0}
    return sorted(starts)


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_any_minute_of_the_demo_has_eight_starts_and_three_on_majors(seed: int) -> None:
    starts = contango_starts(seed, 240)
    assert starts[0][0] < 10.0
    for window in range(180):
        inside = [asset for at, asset in starts if window <= at < window + 60]
        assert len(inside) >= 8
        assert sum(CATALOGUE[asset].is_major for asset in inside) >= 3


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_an_episode_ends_before_its_asset_has_the_next(seed: int) -> None:
    schedule = EpisodeSchedule(CATALOGUE, DEMO, seed)
    newest: dict[int, Episode] = {}
    for tenth in range(2_400):
        schedule.step(tenth / 10)
        for asset, episode in schedule.active.items():
            before = newest.get(asset, episode)
            if before is not episode and before.peak > 0:
                assert episode.started_s >= before.ends_s
            newest[asset] = episode


def test_episodes_rise_fast_hold_converge_and_undershoot() -> None:
    schedule = EpisodeSchedule(CATALOGUE, DEMO, 3)
    time_s = 0.0
    while not any(e.peak > 0 for e in schedule.active.values()):
        time_s += 0.1
        schedule.step(time_s)
    episode = next(e for e in schedule.active.values() if e.peak > 0)
    assert 0.0045 <= episode.peak <= 0.0090
    assert episode.premium_at(episode.started_s) == 0.0
    assert episode.premium_at(episode.started_s + DEMO.onset_s) == pytest.approx(episode.peak)
    converged = episode.ends_s - episode.undershoot_s
    assert -episode.undershoot <= episode.premium_at(converged) < 0.0
    assert episode.premium_at(episode.ends_s) == 0.0


def test_the_calm_profile_takes_hours() -> None:
    assert PROFILES == {"demo": DEMO, "calm": CALM}
    schedule = EpisodeSchedule(CATALOGUE, CALM, 1)
    for minute in range(24 * 60):
        schedule.step(minute * 60.0)
        assert all(e.ends_s - e.started_s > 3_600 for e in schedule.active.values())
    assert schedule.active


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_ninety_seconds_offer_entries_on_every_tier_that_later_converge(
    seed: int, basis_bps: Callable[..., tuple[float, float]]
) -> None:
    exchange = Exchange(ExchangeConfig(funding_interval_s=36), seed=seed, start_ms=START_MS)
    assets = [asset for asset in CATALOGUE if asset.perpetual is not None and asset.base != "TRB"]
    entered: dict[str, int] = {}
    converged: set[str] = set()
    for half_second in range(1, 181):
        exchange.advance(START_MS + half_second * 500)
        exchange.drain_events()
        for asset in assets:
            entry_bps, exit_bps = basis_bps(exchange, asset.symbol, 10_000.0)
            if entry_bps >= 35.0:
                entered.setdefault(asset.base, asset.tier)
            elif asset.base in entered and exit_bps < 1.0:
                converged.add(asset.base)
    assert {1, 2, 3} <= set(entered.values())
    assert len(entered) >= 8
    assert len(converged) >= 5


@pytest.fixture(scope="module")
def basis_bps() -> Callable[..., tuple[float, float]]:
    def vwap(levels: tuple[tuple[object, object], ...], notional_usd: float) -> float:
        left, quantity = notional_usd, 0.0
        for price, available in levels:
            taken = min(float(str(available)), left / float(str(price)))
            quantity += taken
            left -= taken * float(str(price))
        assert left < 1e-6, "too thin"
        return notional_usd / quantity

    def measure(exchange: Exchange, symbol: str, notional_usd: float) -> tuple[float, float]:
        spot = exchange.book(Market.SPOT, symbol, 20)
        perpetual = exchange.book(Market.FUTURES, symbol, 20)
        entry = vwap(perpetual.bids, notional_usd) / vwap(spot.asks, notional_usd) - 1.0
        exit_ = vwap(perpetual.asks, notional_usd) / vwap(spot.bids, notional_usd) - 1.0
        return entry * 1e4, exit_ * 1e4

    return measure
