"""The tests of pairs at once: what a process answers live, a trial knows within its bar."""

from datetime import datetime

from poise_common.domain.ids import seeded_ids
from poise_signals.adapters.pair_tests.at_once import answered
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.pairs.trials import TestPairs
from poise_signals.domain.strategy.protocol import Researcher, Strategy

_new_id = seeded_ids(1)


def answered_at_once(strategy: Strategy, market: MarketView, now: datetime) -> None:
    """Test the pairs that a strategy asks for, and tell it."""
    assert isinstance(strategy, Researcher)
    for effect in strategy.research(market, now):
        assert isinstance(effect, TestPairs)
        strategy.learn(answered(effect, _new_id, now), now)
