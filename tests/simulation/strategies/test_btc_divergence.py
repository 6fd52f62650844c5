"""Divergence from Bitcoin on prices made for it."""

from functools import cache

import numpy as np
import pytest
from tests.simulation.strategies.lab import Lab, Trial
from tests.simulation.strategies.processes import perpetuals, reverting, walk
from tests.simulation.strategies.scenes import Fees, Floats
from tests.simulation.strategies.shipped import build, shipped

from poise_common.contracts.packages import CloseReason
from poise_signals.domain.config import StrategiesConfig

SEEDS = range(20)
WARM_UP, BARS, BRIEF = 250, 450, 320
SECTORS = {"BTC": "store_of_value", "ALT": "l1"}


@cache
def config() -> StrategiesConfig:
    return shipped(btc_divergence={"enabled": True, "beta_bars": WARM_UP})


def tried(residual: Floats, seed: int, fees: Fees = Fees()) -> Trial:  # noqa: B008
    btc = walk(np.random.default_rng(seed), len(residual), 0.005)
    lab = Lab(build("btc_divergence", config()), config(), warm_up_bars=WARM_UP)
    return lab.run(perpetuals({"BTC": btc, "ALT": 1.3 * btc + residual}, sectors=SECTORS, fees=fees))


def coming_back(seed: int, deviation: float = 0.012, bars: int = BARS) -> Floats:
    """What an asset does beyond its beta: runs off and is back within hours."""
    return reverting(np.random.default_rng(500 + seed), bars, deviation, half_life_bars=1.5)


def test_runs_that_come_back_earn_more_than_their_costs() -> None:
    trials = [tried(coming_back(seed), seed) for seed in SEEDS]
    assert all(trial.packages for trial in trials)
    assert sum(trial.pnl_usd for trial in trials) > 0
    assert sum(trial.pnl_usd > 0 for trial in trials) >= 16
    assert {reason for trial in trials for reason in trial.reasons} >= {CloseReason.CONVERGED}


@pytest.mark.parametrize(
    ("deviation", "fees"),
    [(0.0004, Fees()), (0.012, Fees(taker=0.03, maker=0.03))],
    ids=["runs as small as their costs", "fees as large as the runs"],
)
def test_runs_that_their_costs_eat_are_left_alone(deviation: float, fees: Fees) -> None:
    trials = [tried(coming_back(seed, deviation, BRIEF), seed, fees) for seed in SEEDS]
    assert not any(trial.packages for trial in trials)
    assert any("net yield is below the entry's" in reason for trial in trials for reason in trial.refusals)


def test_runs_that_never_come_back_lose_no_more_than_their_costs_and_chance() -> None:
    trials = [tried(walk(np.random.default_rng(500 + seed), BARS, 0.003), seed) for seed in SEEDS]
    packages = [package for trial in trials for package in trial.packages]
    moved = np.array([package.price_usd for package in packages])
    # Without anything to earn, prices alone bring nothing: what is lost is costs, within three standard errors.
    assert abs(moved.sum()) < 3 * moved.std() * len(moved) ** 0.5
    horizon_s = 4 * 3600
    ages = [(package.closed_at - package.opened_at).total_seconds() for package in packages if package.closed_at]
    assert max(ages) <= horizon_s


def test_it_is_neutral_to_what_bitcoin_does() -> None:
    ratios = []
    for seed in SEEDS:
        for package in tried(coming_back(seed, 0.006, BRIEF), seed).packages:
            long_usd, short_usd = (
                package.long_quantity * package.long_price,
                package.short_quantity * package.short_price,
            )
            alt_is_long = package.candidate.long_instrument.base == "ALT"
            ratios.append(short_usd / long_usd if alt_is_long else long_usd / short_usd)
    # Dollars of Bitcoin for each of the asset: its beta, as well as a few hundred hours tell it.
    assert np.mean(ratios) == pytest.approx(1.3, rel=0.05)
    assert np.std(ratios) < 0.2
