from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_portfolio.domain.arrays import Bools
from poise_portfolio.domain.correlations.closes import Closes
from poise_portfolio.domain.correlations.rolling import RollingCorrelations
from poise_portfolio.domain.correlations.spreads import SpreadCloses
from poise_portfolio.domain.ledger.markets import market_of

BARS, MIN_POINTS = 12, 4
ASSETS = ("BTC", "ETH")


class Rig(NamedTuple):
    correlations: RollingCorrelations
    spreads: SpreadCloses

    def tell(self, symbol: str, prices: dict[int, float], *, venue: str = "paper") -> Bools:
        slots, closes = np.array(list(prices), dtype=np.int64), np.array(list(prices.values()), dtype=np.float64)
        return self.spreads.take(Closes(symbol[:3], venue, market_of(symbol), slots, closes))

    def rho(self) -> dict[tuple[str, str], float]:
        names, rho, _ = self.correlations.matrix()
        return {(a, b): float(rho[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)}

    def points(self) -> int:
        return self.correlations.matrix()[2]


@pytest.fixture
def rig() -> Rig:
    return make_rig()


def make_rig(points_min: int = MIN_POINTS) -> Rig:
    correlations = RollingCorrelations(BARS, points_min)
    return Rig(correlations, SpreadCloses(correlations, BARS))


def recomputed(legs: dict[tuple[str, int], float], head: int) -> pd.DataFrame:
    """Everything anew, by pandas: log of hedge over spot where both are, its change bar to bar, pairwise complete."""
    slots = range(head - BARS, head + 1)
    column = {
        symbol: pd.Series([legs.get((symbol, slot), np.nan) for slot in slots], index=slots)
        for asset in ASSETS
        for symbol in (f"{asset}/USDT", f"{asset}/USDT:USDT")
    }
    spreads = pd.DataFrame(
        {asset: np.log(column[f"{asset}/USDT:USDT"] / column[f"{asset}/USDT"]) for asset in ASSETS}, index=slots
    )
    return spreads.diff().iloc[1:].corr(min_periods=MIN_POINTS)


def wandering(seed: int, bars: int) -> dict[int, float]:
    dice = np.random.default_rng(seed)
    return {100 + bar: float(100 * np.exp(dice.normal(0, 0.01))) for bar in range(bars)}


def test_spreads_move_together_where_prices_do_not(rig: Rig) -> None:
    premium = {slot: 1 + price / 1e5 for slot, price in wandering(1, BARS + 1).items()}
    for seed, asset in enumerate(ASSETS):
        spot = wandering(10 + seed, BARS + 1)
        rig.tell(f"{asset}/USDT", spot)
        rig.tell(f"{asset}/USDT:USDT", {slot: price * premium[slot] for slot, price in spot.items()})
    assert rig.rho()["BTC", "ETH"] == pytest.approx(1)
    assert rig.points() == BARS


def test_a_gap_in_one_leg_costs_the_returns_beside_it_and_no_more() -> None:
    # two bars are missing, and the return across them is none
    rig, asks_for_more = make_rig(BARS - 3), make_rig(BARS - 2)
    legs: dict[tuple[str, int], float] = {}
    for seed, asset in enumerate(ASSETS):
        for number, symbol in enumerate((f"{asset}/USDT", f"{asset}/USDT:USDT")):
            prices = wandering(20 + 2 * seed + number, BARS + 1)
            if symbol == "ETH/USDT:USDT":
                del prices[105], prices[106]
            rig.tell(symbol, prices)
            asks_for_more.tell(symbol, prices)
            legs |= {(symbol, slot): price for slot, price in prices.items()}
    expected = recomputed(legs, 100 + BARS)
    assert rig.rho()["BTC", "ETH"] == pytest.approx(expected["BTC"]["ETH"])
    assert np.isnan(asks_for_more.rho()["BTC", "ETH"])


def test_a_bar_counts_when_its_second_leg_comes(rig: Rig) -> None:
    spot, hedge = wandering(30, 9), wandering(31, 9)
    assert rig.tell("BTC/USDT:USDT", hedge).all()
    assert rig.points() == 0
    assert rig.tell("BTC/USDT", {slot: spot[slot] for slot in (100, 102, 101)}).all()
    assert rig.points() == 2
    assert rig.tell("BTC/USDT", spot).sum() == 6, "what was told before is no news"
    assert rig.points() == 8


def test_a_corrected_leg_corrects_the_spread(rig: Rig) -> None:
    legs: dict[tuple[str, int], float] = {}
    for seed, symbol in enumerate(("BTC/USDT", "BTC/USDT:USDT", "ETH/USDT", "ETH/USDT:USDT")):
        prices = wandering(40 + seed, BARS + 1)
        rig.tell(symbol, prices)
        legs |= {(symbol, slot): price for slot, price in prices.items()}
    before = rig.rho()["BTC", "ETH"]
    rig.tell("BTC/USDT", {104: 250.0})
    legs["BTC/USDT", 104] = 250.0
    assert rig.rho()["BTC", "ETH"] == pytest.approx(recomputed(legs, 100 + BARS)["BTC"]["ETH"])
    assert rig.rho()["BTC", "ETH"] != pytest.approx(before)


def test_the_legs_of_a_spread_are_of_one_venue_and_one_quote_and_do_not_expire(rig: Rig) -> None:
    rig.tell("BTC/USDT", wandering(50, 9))
    assert rig.tell("BTC/USDT:USDT", wandering(51, 9), venue="other").all()
    assert rig.tell("BTC/USDC:USDC", wandering(52, 9)).all()
    assert not rig.tell("BTC/USDT:USDT-261225", wandering(53, 9)).any()
    assert rig.points() == 0
    rig.tell("BTC/USDT", wandering(54, 9), venue="other")
    assert rig.points() == 8
    assert not rig.tell("BTC/USDT:USDT", wandering(55, 9)).any(), "the other venue speaks for it"


@pytest.mark.parametrize("price", [0.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_price_makes_no_spread(rig: Rig, price: float) -> None:
    spot, hedge = wandering(60, 9), wandering(61, 9)
    assert rig.tell("BTC/USDT", spot | {104: price}).sum() == 8
    rig.tell("BTC/USDT:USDT", hedge)
    assert rig.points() == 6
    assert rig.tell("BTC/USDT", {}).sum() == 0


symbols = st.sampled_from([f"{asset}/USDT{hedge}" for asset in ASSETS for hedge in ("", ":USDT")])
prices = st.integers(9_000, 11_000).map(lambda tick: tick / 100)
told = st.lists(st.tuples(symbols, st.integers(-4, 2), prices, st.booleans()), max_size=150)


@given(told)
@settings(max_examples=100)
def test_kept_up_with_leg_by_leg_it_equals_the_whole_recomputed(
    script: list[tuple[str, int, float, bool]],
) -> None:
    rig = make_rig()
    legs: dict[tuple[str, int], float] = {}
    head = 1_000
    for symbol in (f"{asset}/USDT{hedge}" for asset in ASSETS for hedge in ("", ":USDT")):
        rig.tell(symbol, {head: 100.0})
        legs[symbol, head] = 100.0
    for symbol, step, price, is_looked_at in script:
        slot = head + step
        if step > 0:  # a new bar begins with a whole one, so that spreads and prices have one window
            head = slot
            for leg in ("BTC/USDT", "BTC/USDT:USDT"):
                rig.tell(leg, {head: price})
                legs[leg, head] = price
        rig.tell(symbol, {slot: price})
        legs[symbol, slot] = price
        if is_looked_at:
            rig.correlations.refresh()
    expected = recomputed(legs, head)
    for (row, column), rho in rig.rho().items():
        whole = expected[column][row]
        if not (np.isnan(rho) and stands_still(legs, head)):
            np.testing.assert_allclose(rho, whole, atol=1e-6, err_msg=f"{row} {column}")


def stands_still(legs: dict[tuple[str, int], float], head: int) -> bool:
    """Say whether one of the spreads hardly moves in the bars that both have: ours is unknown then."""
    spreads = pd.DataFrame(
        {
            asset: pd.Series(
                {
                    slot: np.log(legs[f"{asset}/USDT:USDT", slot] / legs[f"{asset}/USDT", slot])
                    for slot in range(head - BARS, head + 1)
                    if (f"{asset}/USDT:USDT", slot) in legs and (f"{asset}/USDT", slot) in legs
                },
                dtype=float,
            )
            for asset in ASSETS
        },
        index=range(head - BARS, head + 1),
    )
    returns = spreads.diff().iloc[1:]
    common = returns.dropna()
    return bool((common.std(ddof=0) < 1e-7).any() or (returns.std(ddof=0) < 1e-7).any())
