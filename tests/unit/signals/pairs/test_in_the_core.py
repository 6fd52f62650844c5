"""Pairs in the core: it asks for tests as an effect, takes their answer, and asks risk for the package."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from tests.unit.signals.rig import Rig
from tests.unit.signals.two_assets.markets import book, funding, hours, listed, universe

from poise_common.contracts.core import Run
from poise_common.contracts.packages import OpenPackage
from poise_signals.domain.pairs.trials import PairsTested, PairVerdict, TestPairs

BARS = 120
SOL = np.full(BARS, 50.0)
ADA = SOL * (2 + 0.02 * np.tile([1.0, -1.0], BARS // 2))


@pytest.fixture
def rig(new_rig: Callable[..., Rig]) -> Rig:
    found = new_rig(
        pairs={"enabled": True, "method": "ratio", "cointegration": {"test_bars": BARS}},
        funding_carry={"enabled": False},
    )
    found.hear(universe(listed("ADA"), listed("SOL")))
    found.hear(found.risk())
    found.hear(found.portfolio(100_000))
    until = found.now.replace(minute=0, second=0, microsecond=0)
    for asset, closes in (("ADA", ADA), ("SOL", SOL)):
        found.hear(hours(asset, closes.tolist(), until=until))
        found.hear(funding(asset, 0.0, now=found.now))
    return found


def stretched(rig: Rig) -> None:
    """Bring ADA to 2.06 times SOL: three deviations above."""
    rig.hear(book("ADA", 103.0, 103.0001, now=rig.now))
    rig.hear(book("SOL", 50.0, 50.0001, now=rig.now))


def asked(rig: Rig) -> TestPairs:
    (effect,) = [output.effect for output in rig.tick() if isinstance(output, Run)]
    assert isinstance(effect, TestPairs)
    return effect


def test_a_pair_is_tested_outside_and_then_asked_for_with_its_hedge(rig: Rig) -> None:
    stretched(rig)
    assert not rig.requests
    (sample,) = asked(rig).samples
    assert len(sample.log_first) == len(sample.log_second) == BARS
    assert not [output for output in rig.tick() if isinstance(output, Run)]
    verdict = PairVerdict(pair=sample.pair, p_value=0.001)
    rig.hear(PairsTested.first(UUID(int=9), "signals", rig.now, verdicts=(verdict,)))
    stretched(rig)
    (request,) = rig.requests
    assert isinstance(request, OpenPackage)
    symbols = request.long_leg.symbol, request.short_leg.symbol
    assert (request.strategy, symbols) == ("pairs", ("SOL/USDT:USDT", "ADA/USDT:USDT"))
    long_usd, short_usd = request.long_leg.notional_usd, request.short_leg.notional_usd
    assert float(short_usd / long_usd) == pytest.approx(1, abs=0.01)
    assert float(request.hedge_ratio) == pytest.approx(50 / 103, rel=1e-3)


def test_a_pair_that_failed_its_test_is_not_asked_for(rig: Rig) -> None:
    (sample,) = asked(rig).samples
    verdict = PairVerdict(pair=sample.pair, p_value=0.4)
    rig.hear(PairsTested.first(UUID(int=9), "signals", rig.now, verdicts=(verdict,)))
    stretched(rig)
    assert not rig.requests
    assert "not cointegrated" in (rig.why_not() or "")


def test_a_test_without_an_answer_is_asked_for_again(rig: Rig) -> None:
    asked(rig)
    rig.now += timedelta(hours=1)
    assert asked(rig).samples


def test_after_a_restart_pairs_are_tested_anew(rig: Rig, new_rig: Callable[..., Rig]) -> None:
    asked(rig)
    again = new_rig(
        pairs={"enabled": True, "method": "ratio", "cointegration": {"test_bars": BARS}},
        funding_carry={"enabled": False},
    )
    again.hear(universe(listed("ADA"), listed("SOL")))
    for asset, closes in (("ADA", ADA), ("SOL", SOL)):
        again.hear(hours(asset, closes.tolist(), until=again.now.replace(minute=0, second=0, microsecond=0)))
    assert asked(again).samples
