"""What assets say of each other, worked by hand."""

from datetime import UTC, datetime, timedelta
from math import exp
from uuid import UUID

import numpy as np
import pytest

from poise_common.contracts.state import CorrelationMatrix
from poise_signals.domain.cross_asset.btc_divergence import related
from poise_signals.domain.cross_asset.correlation_breakdown import CorrelationShift, CorrelationWatch
from poise_signals.domain.cross_asset.sector_momentum import sector_momentum

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_beta_and_residual_worked_by_hand() -> None:
    # One-bar log returns, BTC 1 −1 1 −1 %, asset 3 −1 1 −3 %. Means 0; β = (3 + 1 + 1 + 3) / 4 = 2. Residuals a − 2 b:
    # 1 1 −1 −1 %, mean 0, sample deviation √(4 / 3) = 1.1547 %. 5 % beside BTC's 1 % is 3 % too much: 2.598 σ.
    btc = np.exp(np.cumsum([0.0, 0.01, -0.01, 0.01, -0.01]))
    asset = np.exp(np.cumsum([0.0, 0.03, -0.01, 0.01, -0.03]))
    found = related(np.column_stack([asset, btc]), 1)
    assert found is not None
    assert found.beta == pytest.approx(2.0)
    assert found.residuals.deviation == pytest.approx(0.0115470, rel=1e-5)
    assert found.z(0.05, 0.01) == pytest.approx(2.5980762)
    # Σ a b = 8, Σ a² = 20, Σ b² = 4 (in squares of a percent): 8 / √80.
    assert found.correlation == pytest.approx(0.8944272)


def test_a_horizon_of_four_bars_takes_the_returns_over_four() -> None:
    dice = np.random.default_rng(3)
    btc = np.cumsum(dice.normal(0, 0.005, 721))
    asset = 1.4 * btc + np.cumsum(dice.normal(0, 0.004, 721))
    found = related(np.exp(np.column_stack([asset, btc])), 4)
    assert found is not None
    assert found.beta == pytest.approx(1.4, abs=0.2)
    assert found.residuals.deviation == pytest.approx(2 * 0.004, rel=0.2)  # √4 bars of 0.4 %


@pytest.mark.parametrize("closes", [np.ones((20, 2)), np.column_stack([np.ones(20), np.arange(1.0, 21)])])
def test_what_stands_still_is_related_to_nothing(closes: np.ndarray) -> None:
    assert related(closes, 4) is None


def test_a_sector_leads_another_by_the_difference_of_their_means() -> None:
    momentum = sector_momentum({"X": 0.05, "Y": 0.01, "Z": -0.02}, {"X": "l1", "Y": "l1", "Z": "meme"})
    assert momentum.lead("l1", "meme") == pytest.approx(0.05)  # (5 + 1) / 2 − (−2) %
    assert momentum.lead("meme", "l1") == pytest.approx(-0.05)
    assert momentum.lead("l1", "defi") is None


def matrix(window: str, rho: float | None, at: datetime = NOW) -> CorrelationMatrix:
    return CorrelationMatrix.first(
        UUID(int=1),
        "portfolio",
        at,
        window=window,
        as_of=at,
        assets=("BTC", "ETH"),
        rho=((1.0, rho), (rho, 1.0)),
        points=1_000,
    )


def test_a_correlation_that_left_its_usual_level_is_seen_by_how_far() -> None:
    watch = CorrelationWatch(timedelta(minutes=10))
    watch.take(matrix("24h", 0.15))
    watch.take(matrix("90d", 0.8))
    shift = watch.shift("ETH", "BTC", NOW)
    assert shift == CorrelationShift(0.15, 0.8)
    assert shift.size == pytest.approx(0.65)


def test_what_is_unknown_or_of_yesterday_is_no_shift() -> None:
    watch = CorrelationWatch(timedelta(minutes=10))
    assert watch.shift("ETH", "BTC", NOW) is None
    watch.take(matrix("24h", 0.15))
    assert watch.shift("ETH", "BTC", NOW) is None
    watch.take(matrix("90d", None))
    assert watch.shift("ETH", "BTC", NOW) is None
    watch.take(matrix("90d", 0.8, NOW + timedelta(seconds=1)))
    assert watch.shift("ETH", "SOL", NOW) is None
    assert watch.shift("ETH", "BTC", NOW + timedelta(minutes=9)) is not None
    assert watch.shift("ETH", "BTC", NOW + timedelta(minutes=11)) is None


def test_an_older_matrix_does_not_take_the_place_of_a_newer_one() -> None:
    watch = CorrelationWatch(timedelta(minutes=10))
    watch.take(matrix("90d", 0.8))
    watch.take(matrix("24h", 0.7))
    watch.take(matrix("24h", 0.1, NOW - timedelta(minutes=1)))
    assert watch.shift("ETH", "BTC", NOW) == CorrelationShift(0.7, 0.8)


def test_log_returns_make_a_beta_that_prices_in_other_units_do_not_change() -> None:
    dice = np.random.default_rng(8)
    logs = np.cumsum(dice.normal(0, 0.01, (60, 2)), axis=0)
    one, other = related(np.exp(logs), 4), related(np.exp(logs) * np.array([exp(3), 1e-4]), 4)
    assert one is not None
    assert other is not None
    assert other.beta == pytest.approx(one.beta)
    assert other.residuals.deviation == pytest.approx(one.residuals.deviation)
