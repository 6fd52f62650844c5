"""Carry on markets made for it: it earns where there is something to earn, and stays out where costs eat it."""

from datetime import timedelta

import numpy as np
import pytest
from tests.simulation.strategies.lab import Lab, Trial
from tests.simulation.strategies.paths import pulled, walk
from tests.simulation.strategies.scenes import START, Fees, Floats, Line, Listed, Scene, instrument
from tests.simulation.strategies.shipped import build, shipped

from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentKind

CONFIG = shipped()
SEEDS = range(1, 21)
BARS = 16 * 24
EXPIRES_AT = START + timedelta(days=15)
USUAL = Fees()
DEAR = Fees(taker=0.004, maker=0.003)


def tried(strategy: str, scene: Scene) -> Trial:
    return Lab(build(strategy, CONFIG), CONFIG, notional_usd=20_000.0).run(scene)


def at_one_venue(
    spot: Floats,
    premium: Floats,
    *,
    funding: Floats | None = None,
    fees: Fees = USUAL,
    venue: str = "paper",
) -> Listed:
    return Listed(
        "ETH",
        Line(instrument("ETH", InstrumentKind.SPOT, fees=fees, venue=venue), spot),
        Line(
            instrument("ETH", InstrumentKind.LINEAR_PERPETUAL, fees=fees, venue=venue),
            spot * (1 + premium),
            funding_rates=np.zeros(len(spot)) if funding is None else funding,
        ),
    )


def funded(seed: int, mean_rate: float, *, fees: Fees = USUAL) -> Scene:
    """A perpetual a little above its spot, paying funding that stays about a mean for days."""
    draws = np.random.default_rng(seed)
    spot = walk(draws, BARS)
    rates = pulled(draws, BARS, deviation=0.00005, half_life=72, mean=mean_rate)
    premium = pulled(draws, BARS, deviation=0.0002, half_life=6, mean=0.0003)
    return Scene((at_one_venue(spot, premium, funding=rates, fees=fees),))


def dated(seed: int, annual_basis: float, *, fees: Fees = USUAL) -> Scene:
    """A future that expires in 15 days, so much a year above its spot, with noise, and less each day."""
    draws = np.random.default_rng(seed)
    spot = walk(draws, BARS)
    hours_left = np.maximum(15 * 24 - np.arange(1, BARS + 1), 0)
    noise = pulled(draws, BARS, deviation=0.0003, half_life=4) * np.minimum(hours_left / 72, 1.0)
    basis = annual_basis * hours_left / (365 * 24) + noise
    future = Line(instrument("ETH", InstrumentKind.LINEAR_FUTURE, fees=fees, expires_at=EXPIRES_AT), spot * (1 + basis))
    flat = at_one_venue(spot, np.zeros(BARS), fees=fees)
    return Scene((Listed("ETH", flat.spot, flat.hedge, futures=(future,)),))


def apart(seed: int, deviation: float, *, fees: Fees = USUAL) -> Scene:
    """Two venues whose prices stray from each other and come back within a day."""
    draws = np.random.default_rng(seed)
    spot = walk(draws, BARS)
    drift = pulled(draws, BARS, deviation=deviation, half_life=10)
    still = np.zeros(BARS)
    here = at_one_venue(spot, still, fees=fees)
    there = at_one_venue(spot * (1 + drift), still, fees=fees, venue="paper_okx")
    return Scene((here, there))


@pytest.mark.parametrize("seed", SEEDS)
def test_funding_that_stays_high_is_earned_net_of_all_costs(seed: int) -> None:
    trial = tried("funding_carry", funded(seed, 0.0004))
    assert trial.packages
    assert sum(package.funding_usd for package in trial.packages) > 0
    assert trial.pnl_usd > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_funding_that_costs_eat_is_left_alone(seed: int) -> None:
    assert not tried("funding_carry", funded(seed, 0.00002)).packages
    assert not tried("funding_carry", funded(seed, 0.0004, fees=DEAR)).packages


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dated_basis_is_earned_by_its_expiry(seed: int) -> None:
    trial = tried("cash_and_carry", dated(seed, 0.2))
    assert trial.packages
    assert trial.reasons.keys() <= {CloseReason.EXPIRY, CloseReason.CONVERGED}
    assert trial.pnl_usd > 0
    assert all(EXPIRES_AT - package.opened_at >= timedelta(days=3) for package in trial.packages)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dated_basis_that_costs_eat_is_left_alone(seed: int) -> None:
    assert not tried("cash_and_carry", dated(seed, 0.03)).packages
    assert not tried("cash_and_carry", dated(seed, 0.2, fees=DEAR)).packages


@pytest.mark.parametrize("seed", SEEDS)
def test_venues_that_stray_and_return_are_earned_between(seed: int) -> None:
    trial = tried("cross_venue_basis", apart(seed, 0.004))
    assert trial.packages
    assert {package.candidate.long_id.venue for package in trial.packages} == {"paper", "paper_okx"}
    assert all(package.candidate.long_id.venue != package.candidate.short_id.venue for package in trial.packages)
    assert trial.pnl_usd > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_venues_that_stray_less_than_costs_are_left_alone(seed: int) -> None:
    assert not tried("cross_venue_basis", apart(seed, 0.0004)).packages
    assert not tried("cross_venue_basis", apart(seed, 0.002, fees=DEAR)).packages
