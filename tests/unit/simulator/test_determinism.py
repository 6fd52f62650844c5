"""One seed, one history: the same calls at the same times give the same events."""

import hashlib
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderType, Side
from poise_simulator.domain.rejections import Rejected

START_MS = 1_790_000_000_000
RUN_MS = 15_000
ORDERS_AT = (2_350, 4_000, 4_001, 9_999, 12_500)


def run(seed: int, slices: list[int]) -> str:
    """Run 15 s with orders at fixed times, advancing in the given extra slices; returns a hash."""
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:4], funding_interval_s=5), seed=seed, start_ms=START_MS)
    digest = hashlib.sha256()
    for at in sorted({*slices, *ORDERS_AT, RUN_MS}):
        exchange.advance(START_MS + at)
        if at in ORDERS_AT:
            trade(exchange, at)
        for event in exchange.drain_events():
            digest.update(repr(event).encode())
    digest.update(repr(exchange.account("paper")).encode())
    return digest.hexdigest()


def trade(exchange: Exchange, at: int) -> None:
    for market in Market:
        side = Side.BUY if at % 2 or market is Market.SPOT else Side.SELL
        bid = exchange.book(market, "ETHUSDT", 1).bids[0][0]
        price = bid if at % 3 else None
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        request = OrderRequest(market, "ETHUSDT", side, kind, quantity=Decimal("0.25"), price=price)
        try:
            exchange.submit("paper", request)
        except Rejected as refusal:
            raise AssertionError(f"the script's orders are all good: {refusal}") from refusal


@settings(max_examples=10)
@given(slices=st.lists(st.integers(0, RUN_MS), max_size=40))
def test_slicing_time_otherwise_changes_nothing(slices: list[int]) -> None:
    assert run(7, slices) == run(7, [])


def test_seeds_differ() -> None:
    assert len({run(seed, []) for seed in range(4)}) == 4


def test_reading_changes_nothing() -> None:
    def events(*, is_watched: bool) -> list[str]:
        exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:3]), seed=2, start_ms=START_MS)
        seen = []
        for second in range(1, 11):
            exchange.advance(START_MS + second * 1_000)
            if is_watched:
                for key in exchange.instruments:
                    exchange.book(*key)
                    exchange.ticker_24h(*key)
                    exchange.klines(*key, 60_000, limit=100)
                exchange.funding_history("BTCUSDT")
                exchange.account("paper")
            seen += [repr(event) for event in exchange.drain_events()]
        return seen

    assert events(is_watched=True) == events(is_watched=False)


def test_time_never_runs_backwards() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:1]), seed=2, start_ms=START_MS)
    exchange.advance(START_MS + 1_000)
    exchange.drain_events()
    exchange.advance(START_MS)
    assert exchange.now_ms == START_MS + 1_000
    assert exchange.drain_events() == []
