from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, Desk, shipped_parameters

from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageAction

D = Decimal
ENVELOPE = {"id", "trace_id", "hops", "as_of"}


def restarted(desk: Desk, **changes: Any) -> Desk:
    again = Desk(books_of(desk.records), shipped_parameters(**changes))
    again.now = desk.now
    return again


def day_of_trading(desk: Desk) -> list[Message]:
    """A package opened, paid and closed, another one held."""
    close, other = PackageAction.CLOSE, desk.new_id(desk.now)
    return [
        desk.sent(SPOT, "buy", action=PackageAction.OPEN),
        desk.fill(SPOT, "buy", "1.0005", "100", fee="0.0005", fee_currency="BTC"),
        desk.fill(PERPETUAL, "sell", "1", "101", fee="0.05"),
        desk.opened(),
        desk.funding("0.11"),
        desk.report({("spot", "USDT"): "59899", ("spot", "BTC"): "1", ("futures", "USDT"): "40000"}),
        desk.sent(SPOT, "sell", action=close),
        desk.fill(SPOT, "sell", "0.999", "103", fee="0.05", action=close),
        desk.fill(PERPETUAL, "buy", "1", "102", fee="0.05", action=close),
        desk.closed(),
        desk.fill(SPOT, "buy", "2", "104", package_id=other),
        desk.fill(PERPETUAL, "sell", "1.5", "104.5", package_id=other),
        desk.funding("-0.2"),
        desk.halted(other),
    ]


@given(st.integers(0, 14), st.sampled_from(["spot", "perpetual", "both"]))
def test_a_restart_anywhere_gives_the_same_desk(restart_after: int, marked: str) -> None:
    script = Desk()
    messages = day_of_trading(script)
    books = [script.book(SPOT, 105.0)] * (marked != "perpetual") + [script.book(PERPETUAL, 105.5)] * (marked != "spot")
    unbroken = Desk().open_account()
    unbroken.tell(*messages, *books)
    first = Desk().open_account()
    first.tell(*messages[:restart_after])
    second = restarted(first, mark_wait_s=0)
    # whatever came before is told once more
    second.tell(*messages, *books)
    unbroken.now = second.now = max(unbroken.now, second.now)
    assert second.wait(2).state.model_dump(exclude=ENVELOPE) == unbroken.wait(2).state.model_dump(exclude=ENVELOPE)


def test_after_a_start_what_is_held_is_marked_before_its_worth_is_told() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"))
    again = restarted(desk)
    again.tell(again.book(SPOT, 150.0)).wait()
    again.tell(again.funding("0.1"))
    assert again.states() == 0
    again.tell(again.book(PERPETUAL, 150.0)).wait()
    assert again.state.equity_usd == D("100001.1")


def test_what_is_not_marked_in_time_counts_at_its_last_price() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    again = restarted(desk).wait(10)
    assert again.state.equity_usd == D(100_000)
    assert again.state.packages[0].package_id == PACKAGE


def test_an_alert_that_lasted_is_raised_again_and_closed_when_it_ends() -> None:
    desk = Desk().open_account()
    desk.tell(desk.report({("spot", "USDT"): "60009", ("futures", "USDT"): "40000"}))
    again = restarted(desk)
    assert [alert.firing for alert in again.alerts] == [True]
    again.now = desk.now
    again.tell(again.report({("spot", "USDT"): "60000", ("futures", "USDT"): "40000"}))
    assert [alert.firing for alert in again.alerts] == [True, False]


def test_the_day_and_the_high_water_mark_outlive_a_restart() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.book(SPOT, 150.0)).wait()
    again = restarted(desk)
    again.tell(again.book(SPOT, 120.0))
    state = again.wait().state
    assert (state.day_start_equity_usd, state.high_water_mark_usd) == (D(100_000), D(100_050))
    assert state.deltas[0].pnl_today_usd == D(20)
