"""A late reading is exactly what an earlier one was."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Handling, OrderRequest, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]
Step = tuple[str, Market, Side, int]
LAG_MS = 700
SLOW = Handling(Decimal("0.5"), finish_after_ms=300)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["trade", "rest", "slow", "cancel", "transfer", "adl", "wait"]),
        st.sampled_from(list(Market)),
        st.sampled_from(list(Side)),
        st.integers(1, 4),
    ),
    max_size=25,
)


def reading(exchange: AccountQueries) -> object:
    account = exchange.account("alice")
    futures = account.futures
    return (
        {asset: (held.free, held.locked) for asset, held in account.spot.items()},
        (futures.wallet_balance, futures.available_balance),
        {symbol: (held.quantity, held.entry_price) for symbol, held in futures.positions.items() if held.quantity},
        [exchange.open_orders("alice", market) for market in Market],
        [exchange.all_orders("alice", market, "BTCUSDT") for market in Market],
        [exchange.trades("alice", market) for market in Market],
        exchange.income("alice", limit=1_000),
    )


def act(exchange: Exchange, order: Order, step: Step) -> None:
    kind, market, side, quantity = step
    near, far = ("100.5", "103") if side is Side.BUY else ("99.5", "97")
    if kind == "trade":
        exchange.submit("alice", order(market, side, str(quantity)))
    elif kind == "rest":
        exchange.submit("alice", order(market, side, str(quantity), near))
    elif kind == "slow":
        request = order(market, side, str(quantity), far, time_in_force=TimeInForce.IOC)
        exchange.submit("alice", request, handling=SLOW)
    elif kind == "cancel":
        exchange.cancel_all("alice", market, "BTCUSDT")
    elif kind == "transfer":
        exchange.transfer_from_outside("alice", "USDT", Decimal(side.sign * quantity), market)
    elif kind == "adl":
        exchange.deleverage("alice", "BTCUSDT", share=Decimal("0.5"))


@given(steps=STEPS)
def test_a_late_reading_is_what_a_reading_at_that_time_was(
    steps: list[Step], still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(Market.FUTURES, Side.BUY, "1", "99.2"))
    seen = {}
    for step in steps:
        exchange.advance(exchange.now_ms + 100)
        with suppress(Rejected):
            act(exchange, order, step)
        seen[exchange.now_ms] = reading(exchange)
        before = exchange.now_ms - LAG_MS
        if before in seen:
            assert reading(exchange.lagging(LAG_MS)) == seen[before]
