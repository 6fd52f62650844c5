"""Funding: the venue's formula, settlement times, payments that balance."""

import itertools
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.events import FundingSettled
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.funding import PremiumAverages, funding_rate, next_settlement_ms
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, Side

FUTURES = Market.FUTURES

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


@pytest.mark.parametrize(
    ("premium", "rate"),
    [(0.0, 0.0001), (0.0004, 0.0001), (0.0006, 0.0001), (0.0010, 0.0005), (-0.0010, -0.0005), (-0.0004, 0.0001)],
)
def test_the_rate_is_the_interest_until_the_premium_leaves_the_clamp(premium: float, rate: float) -> None:
    assert funding_rate(premium, 0.0001, 28_800) == pytest.approx(rate)


@given(st.floats(-0.05, 0.05), st.sampled_from([36, 60, 3_600, 14_400, 28_800]))
def test_a_shorter_interval_pays_its_share_of_the_eight_hours(premium: float, interval_s: int) -> None:
    eight_hours = funding_rate(premium, 0.0001, 28_800)
    assert funding_rate(premium, 0.0001, interval_s) * 28_800 / interval_s == pytest.approx(eight_hours)


@given(st.integers(0, 10**13), st.sampled_from([36, 60, 28_800]))
def test_settlements_stand_at_multiples_of_the_interval(now_ms: int, interval_s: int) -> None:
    at_ms = next_settlement_ms(now_ms, interval_s)
    assert at_ms % (interval_s * 1_000) == 0
    assert now_ms < at_ms <= now_ms + interval_s * 1_000


@given(st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=1, max_size=40))
def test_premiums_average_over_their_own_windows(samples: list[tuple[float, float]]) -> None:
    averages = PremiumAverages(np.array([0.001, 0.002]), [5, 12])
    for sample in samples:
        averages.add(np.array(sample))
    for column, (base, window) in enumerate(((0.001, 5), (0.002, 12))):
        seen = [base] * window + [sample[column] for sample in samples]
        assert averages.means[column] == pytest.approx(sum(seen[-window:]) / window, abs=1e-12)


def test_longs_pay_shorts_quantity_times_mark_times_rate(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(funding_interval_s=36, interest_rate_per_8h=Decimal("0.08"))
    exchange.submit("bob", order(FUTURES, Side.SELL, "10", "100"))
    exchange.submit("alice", order(FUTURES, Side.BUY, "10"))
    mark = exchange.mark("BTCUSDT")
    before = {name: exchange.account(name).futures.wallet_balance for name in ("alice", "bob")}
    exchange.drain_events()
    exchange.advance(mark.next_funding_ms)
    settled = [event for event in exchange.drain_events() if isinstance(event, FundingSettled)]
    assert [(event.time_ms, event.rate) for event in settled] == [(mark.next_funding_ms, mark.funding_rate)]
    expected = (10 * settled[0].mark * settled[0].rate).quantize(Decimal("0.00000001"))
    assert expected > 0
    after = {name: exchange.account(name).futures.wallet_balance for name in ("alice", "bob")}
    assert after["alice"] - before["alice"] == -expected
    assert after["bob"] - before["bob"] == expected
    paid = [r for r in exchange.income("alice") if r.type is IncomeType.FUNDING_FEE]
    assert [(r.amount, r.symbol, r.time_ms) for r in paid] == [(-expected, "BTCUSDT", mark.next_funding_ms)]


def test_payments_over_many_intervals_sum_to_zero(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(funding_interval_s=36, interest_rate_per_8h=Decimal("0.08"))
    exchange.submit("bob", order(FUTURES, Side.SELL, "10", "100"))
    exchange.submit("alice", order(FUTURES, Side.BUY, "10"))
    exchange.advance(exchange.now_ms + 360_000)
    paid = {
        name: [r.amount for r in exchange.income(name, limit=1_000) if r.type is IncomeType.FUNDING_FEE]
        for name in ("alice", "bob")
    }
    assert len(paid["alice"]) == len(paid["bob"]) == 10
    assert sum(paid["alice"]) + sum(paid["bob"]) == 0


def test_the_past_settled_at_the_configured_interval(still_exchange: Build) -> None:
    exchange = still_exchange(funding_interval_s=36)
    past = exchange.funding_history("BTCUSDT", limit=1_000)
    assert len(past) >= 100
    assert {b.time_ms - a.time_ms for a, b in itertools.pairwise(past)} == {36_000}
    assert past[-1].time_ms <= exchange.now_ms < past[-1].time_ms + 36_000
    exchange.advance(exchange.now_ms + 36_000)
    grown = exchange.funding_history("BTCUSDT", limit=1_000)
    assert grown[:-1] == past
    assert grown[-1].time_ms == past[-1].time_ms + 36_000


def test_an_interval_may_differ_by_symbol(still_exchange: Build) -> None:
    exchange = still_exchange(funding_interval_s=28_800, funding_intervals_s={"BTCUSDT": 60})
    assert exchange.instruments[FUTURES, "BTCUSDT"].funding_interval_s == 60
    assert exchange.mark("BTCUSDT").interval_s == 60
