"""Pairs on prices made for them: they earn where two assets keep together, and stay away where that does not pay."""

from datetime import timedelta
from functools import cache, partial

import numpy as np
import pytest
from tests.simulation.strategies.lab import Lab, Trial
from tests.simulation.strategies.pair_research import answered_at_once
from tests.simulation.strategies.processes import perpetuals, reverting, walk
from tests.simulation.strategies.scenes import START, Fees, Floats
from tests.simulation.strategies.shipped import FILE, build, shipped, values_of

from poise_common.contracts.packages import CloseReason
from poise_signals.domain.config import StrategiesConfig

SEEDS = range(20)
WARM_UP, BARS, BRIEF = 250, 550, 350
BLOCK = values_of(FILE)["pairs"]


@cache
def config(method: str = "ols", test_every_h: float = 150) -> StrategiesConfig:
    cointegration = BLOCK["cointegration"] | {"test_bars": WARM_UP, "test_every_h": test_every_h}
    return shipped(pairs={"enabled": True, "method": method, "cointegration": cointegration})


def tried(
    first: Floats,
    second: Floats,
    *,
    settings: StrategiesConfig | None = None,
    fees: Fees = Fees(),  # noqa: B008  # frozen
) -> Trial:
    settings = settings or config()
    lab = Lab(build("pairs", settings), settings, warm_up_bars=WARM_UP, research=answered_at_once)
    return lab.run(perpetuals({"AAA": first, "BBB": second}, fees=fees))


def together(
    seed: int, deviation: float = 0.012, half_life_bars: float = 5, *, bars: int = BARS
) -> tuple[Floats, Floats]:
    """Two assets whose spread comes back to where it was: 1.2 % of usual deviation, halved in five hours."""
    dice = np.random.default_rng(seed)
    common = walk(dice, bars, 0.006)
    return common + reverting(dice, bars, deviation, half_life_bars), common


def apart(seed: int) -> tuple[Floats, Floats]:
    dice = np.random.default_rng(seed)
    return walk(dice, BARS, 0.006), walk(dice, BARS, 0.006)


def broken(seed: int) -> tuple[Floats, Floats]:
    """Two assets that keep together until the middle of the trial, when one of them goes its own way."""
    first, second = together(seed)
    begins = (WARM_UP + BARS) // 2
    away = np.zeros(BARS)
    away[begins:] = walk(np.random.default_rng(1_000 + seed), BARS - begins, 0.004, drift=0.002)
    return first + away, second


@pytest.mark.parametrize("method", ["ols", "ratio", "kalman"])
def test_a_pair_that_keeps_together_earns_more_than_its_costs_on_nearly_every_path(method: str) -> None:
    trials = [tried(*together(seed), settings=config(method)) for seed in SEEDS]
    assert sum(trial.pnl_usd for trial in trials) > 0
    tested = [trial for trial in trials if trial.packages]
    assert len(tested) >= 16
    assert sum(trial.pnl_usd > 0 for trial in tested) >= 0.9 * len(tested)
    packages = [package for trial in trials for package in trial.packages]
    promised = sum(package.edge.net_yield * 50_000 for package in packages)
    # The band's middle moves while a package waits for it, so some of the way is not gone; more would be a wrong sum.
    assert 0.4 * promised < sum(package.pnl_usd for package in packages) < 1.3 * promised
    closed = sum((trial.reasons for trial in trials), start=type(trials[0].reasons)())
    assert closed[CloseReason.CONVERGED] > 0.9 * closed.total()


@pytest.mark.parametrize(
    ("make", "fees"),
    [
        (partial(together, deviation=0.0006, bars=BRIEF), Fees()),
        (partial(together, bars=BRIEF), Fees(taker=0.03, maker=0.03)),
    ],
    ids=["a spread as small as its costs", "fees as large as the spread"],
)
def test_a_pair_whose_costs_eat_its_spread_is_left_alone(make: partial[tuple[Floats, Floats]], fees: Fees) -> None:
    trials = [tried(*make(seed), fees=fees) for seed in SEEDS]
    assert not any(trial.packages for trial in trials)
    assert any("net yield is below the entry's" in reason for trial in trials for reason in trial.refusals)


def test_walks_that_have_nothing_to_do_with_each_other_are_hardly_ever_entered() -> None:
    trials = [tried(*apart(seed)) for seed in SEEDS]
    # One test in twenty takes them for a pair, which is what p < 0.05 means; of three tests a path, one path in seven.
    assert sum(bool(trial.packages) for trial in trials) <= 6
    assert sum(len(trial.packages) for trial in trials) < 20
    assert sum(trial.refusals["it is not cointegrated: p and would have to be above it"] for trial in trials) > 1_000


def test_a_relation_that_breaks_costs_a_bounded_part_and_is_given_up() -> None:
    trials = [tried(*broken(seed), settings=config(test_every_h=24)) for seed in SEEDS]
    packages = [package for trial in trials for package in trial.packages]
    assert CloseReason.STOP_LOSS in {package.reason for package in packages}
    assert min(package.pnl_usd for package in packages) > -0.15 * 50_000
    # What it had made before is not lost: it stops soon, and in the last quarter of the path it hardly enters any more.
    assert sum(trial.pnl_usd for trial in trials) > 0
    last_quarter = START + timedelta(hours=BARS - (BARS - WARM_UP) // 4)
    assert sum(package.opened_at > last_quarter for package in packages) < 0.1 * len(packages)
