"""What momentum and sector rotation choose, when, and what they make of it."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from tests.unit.signals.two_assets.markets import NOW, book, config, funding, hours, listed, market, universe

from poise_common.contracts.packages import CloseReason
from poise_common.domain.momentum import MomentumFormula
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.strategies import momentum, sector_rotation
from poise_signals.domain.strategies.momentum import MomentumParameters
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import AnyKind, Edge, EdgeLeft, Held, Strategy, Unpriced

BARS = 120
SECTORS = {"BTC": "store_of_value", "AAA": "l1", "BBB": "l1", "CCC": "defi", "DDD": "meme"}
UNIVERSE = universe(*(listed(asset, sector) for asset, sector in SECTORS.items()))
MORNING = datetime(2026, 1, 5, 0, 10, tzinfo=NOW.tzinfo)
"""Ten minutes into a day."""


def paths(last_moves: dict[str, float]) -> dict[str, list[float]]:
    """Return hours that all follow Bitcoin, but for how far each asset moved, evenly, over its last thirty."""
    dice = np.random.default_rng(4)
    btc = np.cumsum(dice.normal(0, 0.004, BARS))
    found = {"BTC": (100 * np.exp(btc)).tolist()}
    for asset, move in last_moves.items():
        own = np.concatenate([np.zeros(BARS - 30), np.linspace(0, np.log1p(move), 31)[1:]])
        noise = dice.normal(0, 0.0005, BARS)
        found[asset] = (100 * np.exp(btc + own + noise)).tolist()
    return found


MOVES = {"AAA": 0.02, "BBB": 0.14, "CCC": 0.05, "DDD": -0.10}


def shown(now: datetime = MORNING, moves: dict[str, float] | None = None) -> MarketView:
    closes = paths(moves or MOVES)
    midnight = now.replace(minute=0)
    books = tuple(book(asset, series[-1], series[-1] * 1.00001, now=now) for asset, series in closes.items())
    rates = tuple(funding(asset, 0.0, now=now) for asset in closes)
    return market(books, rates, tuple(hours(asset, series, until=midnight) for asset, series in closes.items()))


def built(name: str, **changes: Any) -> Strategy:
    settings = config(**{name: {"enabled": True, "hedged_with_benchmark": True, "beta_bars": BARS} | changes})
    kinds: dict[str, AnyKind] = {"momentum": momentum.KIND, "sector_rotation": sector_rotation.KIND}
    return kinds[name].build(settings.block(name), settings)


def edges(strategy: Strategy, view: MarketView, now: datetime = MORNING) -> dict[str, Edge]:
    found = {each.asset: strategy.entry(each, view, 10_000, now) for each in strategy.candidates(UNIVERSE)}
    return {asset: edge for asset, edge in found.items() if isinstance(edge, Edge)}


def test_momentum_chooses_the_highest_scores_and_says_the_others() -> None:
    # Scores of 21 closes: a rise alone 0.5 × 21 % + 0.003 × (50 − 100) + 0.1 = 0.055; flat 0.003 × 0 + 0 = 0;
    # a fall alone 0.5 × −21 % + 0.003 × 50 − 0.1 = −0.055.
    formula = MomentumFormula(lookback_bars=20, rsi_bars=14, return_factor=0.5, rsi_factor=0.003, trend_factor=0.1)
    parameters = config().block("momentum")
    assert isinstance(parameters, MomentumParameters)
    two = parameters.model_copy(update={"assets_held": 2, "formula": formula})
    closes = {"UP": [100.0] * 20 + [121.0], "FLAT": [100.0] * 21, "DOWN": [100.0] * 20 + [79.0]}
    choice = momentum.choose(closes, two)
    assert choice.chosen == {"UP", "FLAT"}
    assert choice.left_out == {"DOWN": "score -0.0550 is not among the top 2"}


def test_sector_rotation_chooses_every_asset_of_the_best_sector() -> None:
    closes = {"AAA": [100.0, 110.0], "BBB": [100.0, 124.0], "CCC": [100.0, 116.0]}
    choice = sector_rotation.choose(closes, SECTORS)
    assert choice.chosen == {"AAA", "BBB"}
    assert choice.left_out == {"CCC": "its sector defi returned 16.00%, l1 17.00%"}
    assert not sector_rotation.choose({"ZZZ": [1.0, 2.0]}, SECTORS).chosen


def test_what_is_chosen_is_entered_against_bitcoin_by_its_beta() -> None:
    found = edges(built("sector_rotation"), shown())
    assert {asset: edge.why_not for asset, edge in found.items() if edge.why_not is None} == {"AAA": None, "BBB": None}
    assert (found["CCC"].why_not or "").startswith("its sector defi returned")
    # Beta 1, dollar for dollar; 0.5 % expected less 0.14 % of fees, 0.03 % of buffer and hardly any slippage.
    assert found["BBB"].net_yield == pytest.approx(0.005 - 0.0014 - 0.0003, abs=2e-4)
    assert found["BBB"].confidence == pytest.approx(0.3, rel=0.25)
    assert "BTC" not in found


def test_momentum_holds_as_many_as_configured() -> None:
    found = edges(built("momentum", assets_held=2), shown())
    assert sum(edge.why_not is None for edge in found.values()) == 2
    assert sum("is not among the top 2" in (edge.why_not or "") for edge in found.values()) == 2


def test_what_was_chosen_stays_for_the_period_whatever_prices_do_meanwhile() -> None:
    strategy = built("sector_rotation", period_h=48)
    later = MORNING + timedelta(hours=20)
    first = edges(strategy, shown())
    turned = edges(strategy, shown(later, {"AAA": -0.2, "BBB": -0.2, "CCC": 0.3, "DDD": 0.0}), later)
    assert {asset for asset, edge in turned.items() if edge.why_not is None} == {
        asset for asset, edge in first.items() if edge.why_not is None
    }


def test_a_new_process_chooses_what_the_one_before_it_chose() -> None:
    later = MORNING + timedelta(hours=5)
    closes = paths(MOVES)
    more = {asset: [*series, *[series[-1] * (0.9 if asset == "BBB" else 1.0)] * 5] for asset, series in closes.items()}
    books = tuple(book(asset, series[-1], series[-1] * 1.00001, now=later) for asset, series in more.items())
    rates = tuple(funding(asset, 0.0, now=later) for asset in more)
    until = later.replace(minute=0)
    view = market(books, rates, tuple(hours(asset, series, until=until) for asset, series in more.items()))
    fresh = edges(built("momentum", assets_held=1), view, later)
    before = edges(built("momentum", assets_held=1), shown())
    assert [asset for asset, edge in fresh.items() if edge.why_not is None] == [
        asset for asset, edge in before.items() if edge.why_not is None
    ]


def test_what_is_no_longer_chosen_is_left_and_what_is_chosen_is_kept() -> None:
    strategy = built("sector_rotation")
    held = Held(100, 100, 0.003, MORNING - timedelta(hours=24))
    closes = {}
    for candidate in strategy.candidates(UNIVERSE):
        left = strategy.exit(candidate, shown(), held, MORNING)
        assert isinstance(left, EdgeLeft)
        closes[candidate.asset] = left.close
    rebalanced = CloseReason.REBALANCE
    assert closes == {"AAA": None, "BBB": None, "CCC": rebalanced, "DDD": rebalanced}


def test_before_a_periods_last_closes_are_there_the_one_before_goes_on() -> None:
    early = MORNING.replace(minute=2)
    found = edges(built("momentum", assets_held=1), shown(early), early)
    # The day before has its closes until its own beginning, and those are 24 fewer: still enough to choose by.
    assert sum(edge.why_not is None for edge in found.values()) == 1


def test_without_hedge_its_candidates_are_told_with_the_directional_share() -> None:
    found = edges(built("momentum", hedged_with_benchmark=False), shown())
    assert {edge.why_not for edge in found.values()} == {"directional share is 0 %"}


def test_packages_of_one_leg_are_refused_with_what_passes() -> None:
    with pytest.raises(ValidationError, match="directional_share_pct 10: packages of one leg are not traded; 0 passes"):
        config(momentum={"directional_share_pct": 10})


def test_too_few_hours_are_no_figure() -> None:
    strategy = built("momentum", beta_bars=BARS + 1)
    candidates: list[Candidate] = list(strategy.candidates(UNIVERSE))
    assert strategy.entry(candidates[0], shown(), 10_000, MORNING) == Unpriced(
        "only 120 hours of both are known of 121"
    )
