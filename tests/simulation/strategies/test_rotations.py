"""Momentum and sector rotation, held against Bitcoin, on prices made for them."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.simulation.strategies.lab import Lab, Trial
from tests.simulation.strategies.processes import perpetuals, walk
from tests.simulation.strategies.scenes import Fees, Floats
from tests.simulation.strategies.shipped import build, shipped

from poise_common.contracts.packages import CloseReason
from poise_signals.domain.config import StrategiesConfig

SEEDS = range(20)
WARM_UP, BARS = 96, 336
SECTORS = {"BTC": "store_of_value", "AA": "l1", "AB": "l1", "BA": "defi", "BB": "defi"}
HELD = 2
NAMES = ["momentum", "sector_rotation"]


@cache
def config(name: str, hedged: bool = True) -> StrategiesConfig:
    changes: dict[str, Any] = {"enabled": True, "hedged_with_benchmark": hedged, "beta_bars": WARM_UP}
    if name == "momentum":
        changes["assets_held"] = HELD
    return shipped(**{name: changes})


def tried(name: str, paths: dict[str, Floats], *, hedged: bool = True, fees: Fees = Fees()) -> Trial:  # noqa: B008
    settings = config(name, hedged)
    lab = Lab(build(name, settings), settings, notional_usd=20_000, warm_up_bars=WARM_UP)
    return lab.run(perpetuals(paths, sectors=SECTORS, fees=fees))


def trending(seed: int) -> dict[str, Floats]:
    """Bitcoin walks; what each sector does beyond it goes one way for days: up for one of them, down for the other.

    It goes far enough within a day to put an asset on one side of its average: the score's other part draws back from
    what rises too straight.
    """
    dice = np.random.default_rng(seed)
    btc = walk(dice, BARS, 0.0015)
    sectors = sorted(set(SECTORS.values()) - {"store_of_value"})
    drifts = {sector: np.zeros(BARS) for sector in sectors}
    for begins in range(0, BARS, 120):
        best = dice.choice(sectors)
        for sector in sectors:
            drifts[sector][begins : begins + 120] = 0.001 if sector == best else -0.001
    paths = {"BTC": btc}
    for asset, sector in SECTORS.items():
        if asset != "BTC":
            paths[asset] = btc + np.cumsum(drifts[sector] + dice.normal(0, 0.001, BARS))
    return paths


def wandering(seed: int, bars: int = WARM_UP + 150) -> dict[str, Floats]:
    dice = np.random.default_rng(seed)
    btc = walk(dice, bars, 0.004)
    return {"BTC": btc} | {asset: btc + walk(dice, bars, 0.002) for asset in SECTORS if asset != "BTC"}


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_on_for_days_earns_more_than_its_costs(name: str) -> None:
    trials = [tried(name, trending(seed)) for seed in SEEDS]
    assert sum(trial.pnl_usd for trial in trials) > 0
    assert sum(trial.pnl_usd > 0 for trial in trials) >= 14
    assert {reason for trial in trials for reason in trial.reasons} <= {CloseReason.REBALANCE, None}


@pytest.mark.parametrize("name", NAMES)
def test_where_nothing_goes_on_only_costs_are_lost(name: str) -> None:
    packages = [package for seed in SEEDS for package in tried(name, wandering(seed)).packages]
    moved = np.array([package.price_usd for package in packages])
    # Packages of one scene share Bitcoin's leg, so the sum wanders further than independent ones would: five errors.
    assert abs(moved.sum()) < 5 * moved.std() * len(moved) ** 0.5


@pytest.mark.parametrize("name", NAMES)
def test_costs_beyond_what_is_expected_keep_it_out(name: str) -> None:
    trials = [tried(name, wandering(seed, WARM_UP + 50), fees=Fees(taker=0.003, maker=0.003)) for seed in SEEDS]
    assert not any(trial.packages for trial in trials)
    assert any("less than its costs" in reason for trial in trials for reason in trial.refusals)


@pytest.mark.parametrize("name", NAMES)
def test_without_a_hedge_and_a_directional_share_it_says_so_and_holds_nothing(name: str) -> None:
    trial = tried(name, trending(1), hedged=False)
    assert not trial.packages
    assert set(trial.refusals) == {"directional share is %"}


def test_as_many_as_configured_are_held_and_changed_at_most_once_a_day() -> None:
    trial = tried("momentum", trending(3))
    moments = sorted({package.opened_at for package in trial.packages})
    assert len(moments) > 1
    assert all((later - earlier).total_seconds() >= 86_400 for earlier, later in pairwise(moments))
    for moment in moments:
        held = [each for each in trial.packages if each.opened_at <= moment < (each.closed_at or moment)]
        assert len(held) <= HELD


def test_the_best_sector_is_held_whole() -> None:
    trial = tried("sector_rotation", trending(3))
    for moment in {package.opened_at for package in trial.packages}:
        held = {
            each.candidate.asset for each in trial.packages if each.opened_at <= moment < (each.closed_at or moment)
        }
        assert len({SECTORS[asset] for asset in held}) <= 1
