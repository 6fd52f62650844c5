"""What the pairs strategy makes of a market: entries and exits worked by hand on a band made for it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from pydantic import ValidationError
from tests.unit.signals.two_assets.markets import NOW, book, config, funding, hours, listed, market, show, universe

from poise_common.contracts.packages import CloseReason
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.pairs.trials import PairsTested, PairVerdict
from poise_signals.domain.strategies.pairs import Pairs, PairsParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Unpriced

BARS = 120
UNIVERSE = universe(listed("ADA"), listed("SOL"))
# A ratio of 2 ± 1 % in turns: its mean over any 30 bars is 2, its sample deviation 0.02 × √(30 / 29) = 0.020342.
SOL = np.full(BARS, 50.0)
ADA = SOL * (2 + 0.02 * np.tile([1.0, -1.0], BARS // 2))
DEVIATION = 0.02 * (30 / 29) ** 0.5


def pairs(**changes: Any) -> Pairs:
    cointegration = config().block("pairs").model_dump()["cointegration"] | {"test_bars": BARS}
    settings = config(pairs={"enabled": True, "method": "ratio", "cointegration": cointegration} | changes)
    block = settings.block("pairs")
    assert isinstance(block, PairsParameters)
    return Pairs(block, settings)


def at_ratio(ratio: float, bars: int = BARS) -> MarketView:
    """Return a market where ADA stands at so many times SOL, without spreads and funding, after its hours."""
    view = market(
        (),
        (funding("ADA", 0.0), funding("SOL", 0.0)),
        (hours("ADA", ADA[-bars:].tolist()), hours("SOL", SOL[-bars:].tolist())),
    )
    show(view, book("ADA", 50 * ratio, 50 * ratio + 1e-9), book("SOL", 50, 50 + 1e-9))
    return view


def learn(strategy: Pairs, p_value: float | None = 0.01) -> None:
    view = at_ratio(2)
    (effect,) = strategy.research(view, NOW)
    verdicts = tuple(PairVerdict(pair=sample.pair, p_value=p_value) for sample in effect.samples)
    strategy.learn(PairsTested.first(UUID(int=1), "signals", NOW, verdicts=verdicts), NOW)


def ready(**changes: Any) -> tuple[Pairs, Candidate, Candidate]:
    """Return the strategy with its pair tested, and its candidates by which asset is long."""
    strategy = pairs(**changes)
    ada_long, sol_long = strategy.candidates(UNIVERSE)
    learn(strategy)
    return strategy, ada_long, sol_long


def edge(strategy: Pairs, candidate: Candidate, ratio: float) -> Edge:
    found = strategy.entry(candidate, at_ratio(ratio), 10_000, NOW)
    assert isinstance(found, Edge)
    return found


def test_an_entry_worked_by_hand() -> None:
    """ADA at 2.06 times SOL stands 0.06 / 0.020342 = 2.95 deviations above: SOL long, ADA short, dollar for dollar.

    Its way back to 0.5 deviations is 2.4496 × 0.020342 / 2 = 2.4915 % of a dollar. Less 4 × 0.05 or 0.02 % of fees
    (0.14 %) and 0.03 % of buffer: 2.3215 %. What turns round each bar is held for one, on a dollar of margin.
    """
    strategy, ada_long, sol_long = ready()
    found = edge(strategy, sol_long, 2.06)
    gain = (0.06 / DEVIATION - 0.5) * DEVIATION / 2
    assert gain == pytest.approx(0.024915, rel=1e-4)
    assert found.net_yield == pytest.approx(gain - 0.0014 - 0.0003, rel=1e-4)
    assert found.net_apr == pytest.approx(found.net_yield * 8_760)
    assert found.hedge_ratio == pytest.approx(50 / (50 * 2.06), rel=1e-6)
    assert found.confidence == pytest.approx(0.99)
    assert found.why_not is None
    assert edge(strategy, ada_long, 2.06).why_not == "z -2.95 is not beyond 2"


def test_the_other_way_round_the_other_asset_is_long() -> None:
    strategy, ada_long, sol_long = ready()
    found = edge(strategy, ada_long, 1.94)
    assert found.why_not is None
    assert found.hedge_ratio == pytest.approx(50 * 1.94 / 50, rel=1e-6)
    assert edge(strategy, sol_long, 1.94).why_not == "z -2.95 is not beyond 2"


@pytest.mark.parametrize(
    ("ratio", "why_not"),
    [(2.01, "z 0.49 is not beyond 2"), (2.04, "z 1.97 is not beyond 2"), (2.09, "z 4.42 is beyond the stop 4")],
)
def test_too_near_or_too_far_is_not_entered(ratio: float, why_not: str) -> None:
    strategy, _, sol_long = ready()
    assert edge(strategy, sol_long, ratio).why_not == why_not


def test_a_pair_that_was_not_tested_or_failed_is_not_entered() -> None:
    strategy = pairs()
    _, sol_long = strategy.candidates(UNIVERSE)
    assert edge(strategy, sol_long, 2.06).why_not == "its cointegration is not tested yet"
    learn(strategy, p_value=0.3)
    assert (edge(strategy, sol_long, 2.06).why_not or "").startswith("it is not cointegrated")


def test_too_few_hours_are_no_figure_and_no_test() -> None:
    strategy = pairs()
    _, sol_long = strategy.candidates(UNIVERSE)
    few = at_ratio(2.06, bars=40)
    assert strategy.entry(sol_long, few, 10_000, NOW) == Unpriced("only 40 hours of both are known of 120")
    assert not strategy.research(few, NOW)


def test_a_test_is_asked_for_once_and_again_the_next_day() -> None:
    strategy, _, _ = ready()
    assert not strategy.research(at_ratio(2), NOW + timedelta(hours=23))
    assert strategy.research(at_ratio(2), NOW + timedelta(hours=24))


@pytest.mark.parametrize(
    ("ratio", "close"),
    [
        (2.06, None),
        (2.005, CloseReason.CONVERGED),
        (1.95, CloseReason.CONVERGED),
        (2.09, CloseReason.STOP_LOSS),
    ],
)
def test_what_is_held_leaves_where_it_has_come_back_or_gone_too_far(ratio: float, close: CloseReason | None) -> None:
    strategy, _, sol_long = ready()
    left = strategy.exit(sol_long, at_ratio(ratio), Held(200, 100, 0.02, NOW), NOW)
    assert isinstance(left, EdgeLeft)
    assert left.close is close


def test_after_a_stop_the_pair_waits_for_its_next_test() -> None:
    strategy, _, sol_long = ready()
    strategy.exit(sol_long, at_ratio(2.09), Held(200, 100, 0.02, NOW), NOW)
    assert edge(strategy, sol_long, 2.06).why_not == "it went beyond its stop, and is to be tested anew"


def test_what_is_held_of_a_pair_that_no_longer_keeps_together_leaves() -> None:
    strategy = pairs()
    _, sol_long = strategy.candidates(UNIVERSE)
    learn(strategy, p_value=0.3)
    left = strategy.exit(sol_long, at_ratio(2.06), Held(200, 100, 0.02, NOW), NOW)
    assert isinstance(left, EdgeLeft)
    assert left.close is CloseReason.STOP_LOSS


def test_switched_off_it_offers_nothing_and_still_watches_what_it_holds() -> None:
    off = pairs(enabled=False)
    assert not list(off.candidates(UNIVERSE))
    ada, sol = UNIVERSE.assets
    held = off.held_candidate(HeldLegs("SOL", 1, "ADA~SOL@paper", sol.hedge, ada.hedge))
    left = off.exit(held, at_ratio(2.0), Held(200, 100, 0.02, NOW), NOW)
    assert isinstance(left, EdgeLeft)
    assert left.close is CloseReason.CONVERGED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rule": {"enter_z": 2, "exit_z": 2.5, "stop_z": 4, "enter_net_yield_pct": 0.1}}, "in ascending order"),
        ({"lookback_bars": 501}, "lookback_bars 501 is more than test_bars: 500 passes"),
        ({"cointegration": {"test_bars": 720}}, "pairs: test_bars 720 .*: 719 passes"),
    ],
)
def test_a_block_that_cannot_work_is_refused_with_what_passes(changes: dict[str, Any], reason: str) -> None:
    shipped = config().block("pairs").model_dump()
    if "cointegration" in changes:
        changes["cointegration"] = shipped["cointegration"] | changes["cointegration"]
    with pytest.raises(ValidationError, match=reason):
        config(pairs=changes)
