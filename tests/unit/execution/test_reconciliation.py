from decimal import Decimal

import pytest
from tests.unit.execution.account_readings import WatchedDesk
from tests.unit.execution.messages import FORGED_KEY, PERPETUAL, PRICE, SPOT, approved, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Alert
from poise_common.contracts.execution import (
    DifferenceAcknowledged,
    DifferenceKind,
    LegFilled,
    PackageClosed,
    PackageHalted,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results

D = Decimal


@pytest.fixture
def desk() -> WatchedDesk:
    return WatchedDesk()


def alerts(desk: WatchedDesk, name: str) -> list[Alert]:
    return [alert for alert in desk.rig.told(Alert) if alert.name == name]


def lines(desk: WatchedDesk) -> dict[tuple[DifferenceKind, str], tuple[Decimal, Decimal]]:
    return {(line.kind, line.name): (line.expected, line.actual) for line in desk.shown.differences}


def test_own_fills_and_payments_are_no_difference(desk: WatchedDesk) -> None:
    package = desk.opened()
    desk.account.pay(
        results.FundingIncome(
            income_id="1", symbol=PERPETUAL.symbol, amount=D("1.25"), currency="USDT", paid_at=desk.rig.now
        )
    )
    desk.read_twice()
    desk.rig.hear(closing(desk.rig, package))
    desk.rig.fill(LegRole.LONG)
    desk.rig.fill(LegRole.SHORT)
    desk.book_fills()
    desk.read_twice()
    assert desk.lock is None
    assert desk.rig.venue_states[-1].reconciled_at == desk.rig.now
    assert alerts(desk, "account_diverged") == []


def test_a_foreign_trade_locks_the_venue_and_is_named(desk: WatchedDesk) -> None:
    desk.opened()
    desk.read()
    desk.foreign_trade(PERPETUAL, Side.SELL, "2")
    desk.read_twice()
    assert lines(desk)[DifferenceKind.POSITION, PERPETUAL.symbol] == (D(-10), D(-12))
    (line,) = [line for line in desk.shown.differences if line.kind is DifferenceKind.POSITION]
    assert "foreign trade: sell 2 at 100, order 77, client id web_1" in line.detail
    (alert,) = alerts(desk, "account_diverged")
    assert alert.firing
    assert "expected -10, the venue has -12" in alert.text


def test_one_reading_alone_never_locks_but_holds_openings_back(desk: WatchedDesk) -> None:
    desk.read()
    desk.account.add("spot", "USDT", D(-500))
    desk.read()
    assert desk.lock is None
    desk.rig.hear(approved(desk.rig))
    assert desk.rig.refusal.reason is RefusalReason.LOCKED
    assert "USDT" in desk.rig.refusal.detail


def test_what_differed_only_once_is_forgotten(desk: WatchedDesk) -> None:
    desk.read()
    desk.account.add("spot", "USDT", D(-500))
    desk.read()
    desk.account.add("spot", "USDT", D(500))
    desk.read_twice()
    assert desk.lock is None
    desk.rig.hear(approved(desk.rig))
    assert len(desk.rig.take(effects.SubmitOrder)) == 2


def test_a_locked_venue_opens_nothing_and_closes_all_but_what_is_in_dispute(desk: WatchedDesk) -> None:
    package = desk.opened()
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    assert lines(desk) == {(DifferenceKind.BALANCE, "USDT"): (D(59_000), D(58_500))}
    desk.rig.hear(approved(desk.rig))
    assert desk.rig.refusal.reason is RefusalReason.LOCKED
    desk.rig.hear(closing(desk.rig, package))
    desk.rig.fill(LegRole.LONG)
    desk.rig.fill(LegRole.SHORT)
    assert len(desk.rig.told(PackageClosed)) == 1


def test_a_closing_of_what_is_in_dispute_is_refused(desk: WatchedDesk) -> None:
    package = desk.opened()
    desk.foreign_trade(PERPETUAL, Side.BUY, "2")
    desk.read_twice()
    desk.rig.hear(closing(desk.rig, package))
    assert desk.rig.refusal.reason is RefusalReason.LOCKED
    assert desk.rig.take(effects.SubmitOrder) == []


def test_a_lock_outlives_a_restart(desk: WatchedDesk) -> None:
    desk.opened()
    desk.foreign_trade(PERPETUAL, Side.BUY, "2")
    desk.read_twice()
    lock = desk.shown
    desk.rig.restart()
    desk.read(0)
    assert desk.shown.lock_id == lock.lock_id
    assert {line.name for line in desk.shown.differences} == {line.name for line in lock.differences}
    assert len(alerts(desk, "account_diverged")) == 1


def test_a_difference_that_vanishes_by_itself_stays_for_a_person_to_see(desk: WatchedDesk) -> None:
    desk.opened()
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    digest = desk.shown.digest
    desk.account.add("spot", "USDT", D(500))
    desk.read()
    (line,) = desk.shown.differences
    assert (line.expected, line.detail) == (line.actual, "agrees again by itself")
    assert desk.shown.digest != digest
    desk.rig.hear(approved(desk.rig))
    assert desk.rig.refusal.reason is RefusalReason.LOCKED
    desk.acknowledge()
    desk.read(1)
    assert desk.lock is None


def test_lines_follow_the_readings_while_the_lock_lasts(desk: WatchedDesk) -> None:
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    first = desk.shown
    desk.account.add("spot", "USDT", D(-100))
    desk.read()
    assert desk.shown.lock_id == first.lock_id
    assert lines(desk) == {(DifferenceKind.BALANCE, "USDT"): (D(60_000), D(59_400))}
    desk.acknowledge(first)
    assert "differences are others by now" in alerts(desk, "acknowledgement_refused")[-1].text
    assert desk.lock is not None


def test_an_acknowledged_account_agrees_at_the_next_reading(desk: WatchedDesk) -> None:
    desk.opened()
    desk.foreign_trade(SPOT, Side.BUY, "3")
    desk.account.add("futures", "USDT", D(25))
    desk.read_twice()
    assert len(desk.shown.differences) == 3
    desk.acknowledge()
    assert desk.lock is None
    (told,) = desk.rig.told(DifferenceAcknowledged)
    assert (told.operator, told.packages) == ("olga", ())
    assert [alert.firing for alert in alerts(desk, "account_diverged")] == [True, False]
    desk.read(1)
    assert desk.rig.venue_states[-1].reconciled_at == desk.rig.now
    desk.rig.hear(approved(desk.rig))
    assert len(desk.rig.take(effects.SubmitOrder)) == 2


def test_a_package_that_lost_a_part_is_halted_with_what_is_left(desk: WatchedDesk) -> None:
    package = desk.opened()
    desk.foreign_trade(PERPETUAL, Side.BUY, "4", client_order_id="adl_autoclose")
    desk.read_twice()
    (line,) = [line for line in desk.shown.differences if line.kind is DifferenceKind.POSITION]
    assert "deleveraged by the venue (ADL)" in line.detail
    desk.acknowledge()
    (halted,) = desk.rig.told(PackageHalted)
    assert (halted.package_id, halted.short_quantity) == (package.package_id, D(6))
    assert halted.residual_delta_usd == (package.long_held - 6) * PRICE
    (told,) = desk.rig.told(DifferenceAcknowledged)
    assert [(each.package_id, each.short_quantity) for each in told.packages] == [(package.package_id, D(6))]
    assert desk.rig.package.state is PackageState.HALTED
    desk.read(1)
    desk.rig.hear(closing(desk.rig, desk.rig.package))
    assert len(desk.rig.take(effects.SubmitOrder)) == 2


@pytest.mark.parametrize("part", ["key", "digest", "lock"])
def test_an_acknowledgement_that_does_not_fit_changes_nothing_and_says_why(desk: WatchedDesk, part: str) -> None:
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    lock = desk.shown
    match part:
        case "key":
            desk.acknowledge(key=FORGED_KEY)
        case "digest":
            desk.acknowledge(digest="0" * 32)
        case _:
            desk.acknowledge(lock.model_copy(update={"lock_id": desk.rig.new_id()}))
    (refused,) = alerts(desk, "acknowledgement_refused")
    words = {"key": "signature", "digest": "differences are others", "lock": "another lock"}
    assert words[part] in refused.text
    assert desk.rig.told(DifferenceAcknowledged) == []
    assert desk.rig.state.locks["paper"].is_open


def test_an_acknowledgement_counts_once(desk: WatchedDesk) -> None:
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    word = desk.acknowledge()
    desk.rig.hear(word)
    assert len(desk.rig.told(DifferenceAcknowledged)) == 1
    desk.read(1)
    assert desk.rig.venue_states[-1].reconciled_at == desk.rig.now


def test_a_foreign_order_locks_and_is_left_alone_once_acknowledged(desk: WatchedDesk) -> None:
    desk.account.open_orders.append(
        results.OpenOrder(
            order_id="5",
            client_order_id="web_5",
            symbol=SPOT.symbol,
            side=Side.SELL,
            open_quantity=D(3),
            filled_quantity=D(0),
        )
    )
    desk.read_twice()
    assert lines(desk) == {(DifferenceKind.ORDER, "5"): (D(0), D(-3))}
    desk.acknowledge()
    desk.read_twice()
    assert desk.lock is None
    desk.account.open_orders.clear()
    desk.read()
    assert desk.rig.state.standings["paper"].tolerated_orders == frozenset()


def test_an_order_thought_void_that_traded_is_found_and_counted_instead_of_locking(desk: WatchedDesk) -> None:
    desk.rig.hear(approved(desk.rig))
    long = desk.rig.take_order(LegRole.LONG)
    desk.rig.answer_with(long, results.OrderRefused(code="-2010", text="no"))
    desk.rig.answer_with(desk.rig.take_order(LegRole.SHORT), results.OrderRefused(code="-2010", text="no"))
    assert desk.rig.package.state is PackageState.ABORTED
    desk.foreign_trade(SPOT, Side.BUY, "2", client_order_id=long.client_order_id, order_id="9")
    desk.read()
    (fetch,) = desk.rig.take(effects.FetchTrades)
    assert fetch.order_id == "9"
    listed = next(trade for trade in desk.trades if trade.order_id == "9")
    own = results.VenueTrade(
        trade_id=listed.trade_id, quantity=D(2), price=PRICE, fee=D("0.01"), fee_currency="USDT", traded_at=desk.rig.now
    )
    desk.rig.hear(desk.rig.result(results.TradesFetched, client_order_id=long.client_order_id, trades=(own,)))
    assert [fill.quantity for fill in desk.rig.told(LegFilled)] == [D(2)]
    desk.read_twice()
    assert desk.lock is None


def test_a_trade_of_a_final_order_that_comes_to_light_later_is_counted_once(desk: WatchedDesk) -> None:
    desk.opened()
    order = next(order for order in desk.rig.state.orders.values() if order.role is LegRole.LONG)
    assert order.order_id is not None
    desk.foreign_trade(SPOT, Side.BUY, "1", client_order_id=order.client_order_id, order_id=order.order_id)
    late = desk.trades[-1]
    desk.read()
    own = results.VenueTrade(
        trade_id=late.trade_id, quantity=D(1), price=PRICE, fee=D("0.01"), fee_currency="USDT", traded_at=desk.rig.now
    )
    for _ in range(2):
        for fetch in desk.rig.take(effects.FetchTrades):
            desk.rig.hear(desk.rig.result(results.TradesFetched, client_order_id=fetch.client_order_id, trades=(own,)))
        desk.read()
    assert [fill.trade_id for fill in desk.rig.told(LegFilled)] == [late.trade_id]
    desk.read_twice()
    assert desk.lock is None


def test_trades_are_asked_for_one_question_at_a_time_and_no_more_once_they_are_locked(desk: WatchedDesk) -> None:
    desk.account.add("spot", "USDT", D(-500))
    for seconds in (10, 1):
        desk.rig.wait(seconds)
        (read,) = desk.rig.take(effects.ReadAccount)
        desk.rig.hear(desk.account.answer(desk.rig, read))
    assert len([each for each in desk.rig.effects if isinstance(each, effects.FetchAccountTrades)]) == 1
    desk.explain()
    desk.read_twice()
    assert desk.lock is not None
    for _ in range(3):
        desk.rig.wait(10)
        (read,) = desk.rig.take(effects.ReadAccount)
        desk.rig.hear(desk.account.answer(desk.rig, read))
        assert desk.rig.take(effects.FetchAccountTrades) == []


def test_openings_are_refused_once_the_account_was_not_compared_for_too_long(desk: WatchedDesk) -> None:
    desk.read()
    desk.rig.wait(61)
    desk.rig.hear(approved(desk.rig))
    assert desk.rig.refusal.reason is RefusalReason.LOCKED
    assert "last agreed" in desk.rig.refusal.detail


def test_a_busy_venue_is_compared_too(desk: WatchedDesk) -> None:
    desk.read()
    desk.rig.hear(approved(desk.rig))
    desk.account.positions[PERPETUAL.symbol] = D(5), D(500)
    desk.account.add("futures", "USDT", D(500))
    for _ in range(12):
        desk.read(2)
    assert lines(desk)[DifferenceKind.POSITION, PERPETUAL.symbol] == (D(0), D(5))


def test_a_balance_that_lags_behind_our_fills_is_no_difference(desk: WatchedDesk) -> None:
    desk.read()
    before = desk.account.figures()
    desk.opened()
    desk.rig.wait(1)
    desk.read(1, figures=before)
    assert desk.rig.take(effects.FetchAccountTrades) == []
    desk.read_twice()
    assert desk.lock is None


def test_an_account_whose_first_reading_was_never_stored_is_followed_from_now_on() -> None:
    rig = Rig().ready()
    rig.state.standings.clear()
    rig.state.holdings.clear()
    desk = WatchedDesk(rig)
    rig.restart()
    desk.account.add("spot", "BNB", D(7))
    desk.read(0)
    assert len(alerts(desk, "account_baseline")) == 1
    desk.read_twice()
    assert desk.lock is None


def test_without_the_operators_key_an_acknowledgement_is_refused_in_words() -> None:
    rig = Rig()
    rig.operator = None
    rig.restart()
    desk = WatchedDesk(rig)
    desk.read(0)
    desk.account.add("spot", "USDT", D(-500))
    desk.read_twice()
    desk.acknowledge()
    assert "POISE_EXECUTION__OPERATOR_KEY_FILE" in alerts(desk, "acknowledgement_refused")[0].text


def test_the_clock_is_told_as_it_was_read(desk: WatchedDesk) -> None:
    desk.read(clock_offset_ms=1_250)
    assert desk.rig.venue_states[-1].clock_offset_ms == 1_250


def test_what_an_order_of_ours_has_filled_so_far_is_no_difference_however_long_it_stays_open(desk: WatchedDesk) -> None:
    desk.read()
    desk.rig.hear(approved(desk.rig))
    long = desk.rig.take_order(LegRole.LONG)
    filled_so_far = results.OrderSeen(order_id="o", filled_quantity=D(4), is_terminal=False)
    desk.rig.answer_with(long, filled_so_far)
    desk.foreign_trade(SPOT, Side.BUY, "4", client_order_id=long.client_order_id, order_id="o")
    for _ in range(20):
        desk.read(2)
        for look_up in desk.rig.take(effects.LookUpOrder):
            if look_up.client_order_id == long.client_order_id:
                desk.rig.look_up(long.client_order_id, filled_so_far)
    assert desk.rig.state.locks == {}


def test_a_difference_locks_though_the_venue_does_not_say_whose_trades_they_were(desk: WatchedDesk) -> None:
    desk.account.add("spot", "USDT", D(-500))
    for _ in range(12):
        desk.rig.wait(2)
        for read in desk.rig.take(effects.ReadAccount):
            desk.rig.hear(desk.account.answer(desk.rig, read))
        for fetch in desk.rig.take(effects.FetchAccountTrades):
            desk.rig.hear(
                desk.rig.result(
                    results.AccountTradesFetched, venue=fetch.venue, asked_at=desk.rig.now, trades=None, orders=()
                )
            )
    assert lines(desk) == {(DifferenceKind.BALANCE, "USDT"): (D(60_000), D(59_500))}
