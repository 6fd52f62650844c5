from decimal import Decimal

from tests.unit.execution.messages import PERPETUAL, SPOT, approved, book, trade
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    LegFilled,
    OrderPurpose,
    OrderSent,
    PackageAborted,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import LegRole, PackageAction, PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results
from poise_execution.domain.orders import OrderState

D = Decimal


def test_both_legs_are_stored_and_sent_at_once_with_their_limits(rig: Rig) -> None:
    outputs = rig.hear(approved(rig))
    buy, sell = (output.effect for output in outputs if hasattr(output, "effect"))
    assert isinstance(buy, effects.SubmitOrder)
    assert isinstance(sell, effects.SubmitOrder)
    assert (buy.instrument, buy.side, buy.quantity, buy.limit_price) == (SPOT, Side.BUY, 10, D("100.20"))
    assert (sell.instrument, sell.side, sell.quantity, sell.limit_price) == (PERPETUAL, Side.SELL, 10, D("99.80"))
    assert not buy.reduce_only
    assert not sell.reduce_only
    assert {order.state for order in rig.state.orders.values()} == {OrderState.INTENDED}
    assert set(rig.state.orders) == {buy.client_order_id, sell.client_order_id}


def test_quantity_and_limit_are_fitted_inwards_to_step_and_tick(rig: Rig) -> None:
    terms = {"quantity": D("9.99999"), "limit_price": D("100.20999")}
    rig.hear(approved(rig, legs={LegRole.LONG: terms, LegRole.SHORT: terms | {"limit_price": D("99.80001")}}))
    buy, sell = rig.take_order(LegRole.LONG), rig.take_order(LegRole.SHORT)
    assert (buy.quantity, buy.limit_price) == (D("9.9999"), D("100.20"))
    assert (sell.quantity, sell.limit_price) == (D("9.999"), D("99.81"))


def test_full_fills_open_the_package_and_tell_what_is_held_net_of_the_fee_in_base(rig: Rig) -> None:
    message = approved(rig)
    rig.hear(message)
    rig.fill(LegRole.LONG)
    assert rig.told(PackageOpened) == []
    rig.fill(LegRole.SHORT)
    (opened,) = rig.told(PackageOpened)
    assert opened.long_leg.held_quantity == D("9.9950")  # 10 less 0.05 %
    assert opened.short_leg.held_quantity == 10
    assert opened.long_leg.average_price == opened.short_leg.average_price == 100
    assert opened.residual_delta == D("-0.0050")
    assert opened.residual_delta_usd == D("-0.5000")
    assert opened.trace_id == message.trace_id
    assert rig.package.state is PackageState.OPEN


def test_each_order_sent_tells_the_way_from_its_cause_to_the_moment_it_left(rig: Rig) -> None:
    rig.hear(approved(rig))
    intended_at = rig.now
    rig.wait(0.01)
    rig.fill(LegRole.LONG)
    (sent,) = rig.told(OrderSent)
    assert [hop.stage for hop in sent.hops] == ["venue", "execution", "sent"]
    assert sent.hops[1].at == intended_at
    assert sent.hops[2].at == sent.sent_at == rig.now
    assert (sent.role, sent.purpose, sent.action) == (LegRole.LONG, OrderPurpose.LEG, PackageAction.OPEN)


def test_an_order_that_never_left_is_not_told_as_sent(rig: Rig) -> None:
    rig.hear(approved(rig))
    buy = rig.take_order(LegRole.LONG)
    refused = results.OrderRefused(code="rate_limited_here", text="no room")
    rig.hear(rig.result(results.OrderAnswered, client_order_id=buy.client_order_id, outcome=refused, sent_at=None))
    assert rig.order(buy.client_order_id).state is OrderState.VOID
    assert rig.told(OrderSent) == []


def test_every_trade_becomes_one_report_with_the_approved_decision_price(rig: Rig) -> None:
    rig.hear(approved(rig))
    buy = rig.take_order(LegRole.LONG)
    rig.answer(buy)
    (fetch,) = rig.take(effects.FetchTrades)
    order = rig.order(buy.client_order_id)
    trades = (trade(order, D(4), D("99.9"), 1), trade(order, D(6), D("100.1"), 2))
    fetched = rig.result(results.TradesFetched, client_order_id=fetch.client_order_id, trades=trades)
    rig.hear(fetched)
    fills = rig.told(LegFilled)
    assert [(fill.quantity, fill.price, fill.fee, fill.fee_currency) for fill in fills] == [
        (4, D("99.9"), D("0.0020"), "ETH"),
        (6, D("100.1"), D("0.0030"), "ETH"),
    ]
    assert all(fill.decision_price == 100 for fill in fills)
    assert len({fill.id for fill in fills}) == 2
    rig.hear(fetched)
    assert len(rig.told(LegFilled)) == 2


def test_trades_that_are_not_all_listed_yet_are_asked_for_again(rig: Rig) -> None:
    rig.hear(approved(rig))
    buy = rig.take_order(LegRole.LONG)
    rig.answer(buy)
    rig.take(effects.FetchTrades)
    order = rig.order(buy.client_order_id)
    first, second = trade(order, D(4), number=1), trade(order, D(6), number=2)
    rig.hear(rig.result(results.TradesFetched, client_order_id=buy.client_order_id, trades=(first,)))
    assert rig.order(buy.client_order_id).state is OrderState.SETTLING
    rig.wait(0.1)
    assert rig.take(effects.FetchTrades) == []
    rig.wait(0.1)
    assert len(rig.take(effects.FetchTrades)) == 1
    rig.hear(rig.result(results.TradesFetched, client_order_id=buy.client_order_id, trades=None))
    rig.wait(0.4)
    assert len(rig.take(effects.FetchTrades)) == 1
    rig.hear(rig.result(results.TradesFetched, client_order_id=buy.client_order_id, trades=(first, second)))
    assert rig.order(buy.client_order_id).state is OrderState.FINAL
    assert [fill.quantity for fill in rig.told(LegFilled)] == [4, 6]


def test_nothing_filled_aborts_the_package(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG, 0)
    rig.fill(LegRole.SHORT, 0)
    (aborted,) = rig.told(PackageAborted)
    assert aborted.reason == "nothing filled"
    assert rig.package.state is PackageState.ABORTED


def test_what_one_leg_filled_short_is_taken_back_from_the_other_at_the_current_book(rig: Rig) -> None:
    rig.hear(book(rig, SPOT, 99.0, 99.02))
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT, 4)
    unwind = rig.take_order(LegRole.LONG)
    # 9.995 held less 4 sold short; 20 bps below the bid: 99 x 0.998 = 98.802 -> 98.80
    assert (unwind.side, unwind.quantity, unwind.limit_price) == (Side.SELL, D("5.9950"), D("98.80"))
    assert not unwind.reduce_only
    rig.answer(unwind)
    rig.list_trades(D("98.9"))
    (opened,) = rig.told(PackageOpened)
    assert (opened.long_leg.held_quantity, opened.short_leg.held_quantity) == (4, 4)
    assert opened.long_leg.average_price == 100  # of what was bought
    taken_back = rig.told(LegFilled)[-1]
    assert (taken_back.purpose, taken_back.side, taken_back.decision_price) == (OrderPurpose.UNWIND, Side.SELL, 99)


def test_a_derivative_is_taken_back_reduce_only(rig: Rig) -> None:
    rig.hear(book(rig, PERPETUAL, 100.9, 101.0))
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG, 0)
    rig.fill(LegRole.SHORT)
    unwind = rig.take_order(LegRole.SHORT)
    # 20 bps above the ask: 101 x 1.002 = 101.202 -> 101.21
    assert (unwind.side, unwind.quantity, unwind.limit_price) == (Side.BUY, 10, D("101.21"))
    assert unwind.reduce_only
    rig.answer(unwind)
    rig.list_trades()
    (aborted,) = rig.told(PackageAborted)
    assert aborted.reason == "what filled was taken back"
    assert rig.package.short_held == 0


def test_a_refused_leg_has_the_other_taken_back(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.answer_with(rig.take_order(LegRole.SHORT), results.OrderRefused(code="-2019", text="margin is insufficient"))
    rig.fill(LegRole.LONG)
    unwind = rig.take_order(LegRole.LONG)
    assert (unwind.side, unwind.quantity) == (Side.SELL, D("9.9950"))


def test_residual_delta_up_to_the_cap_stays(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT, "9.495")  # 0.5 x 100 = 50 USD
    (opened,) = rig.told(PackageOpened)
    assert opened.residual_delta_usd == 50
    assert rig.take(effects.SubmitOrder) == []


def test_an_opening_that_failed_leaves_nothing_that_could_be_traded_away(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT, 0)
    rig.fill(LegRole.LONG, "0.4")  # 40 USD: below the cap, yet nothing hedges it
    assert rig.take_order(LegRole.LONG).quantity == D("0.3998")


def test_each_try_comes_after_a_longer_pause_and_with_a_far_wider_collar(rig: Rig) -> None:
    rig.hear(book(rig, SPOT, 100.0, 100.02))
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT, 0)
    rig.fill(LegRole.LONG)
    limits, waited = [], []
    while rig.told(PackageHalted) == []:
        if any(isinstance(effect, effects.SubmitOrder) for effect in rig.effects):
            limits.append(rig.fill(LegRole.LONG, 0).limit_price)
            waited.append(0.0)
        rig.hear(book(rig, SPOT, 100.0, 100.02))
        rig.wait(0.1)
        waited[-1] += 0.1
    assert limits == [D("99.80"), D("99.40"), D("98.20"), D("95.00"), D("95.00"), D("95.00")]
    assert [round(seconds, 1) for seconds in waited[:-1]] == [0.1, 0.2, 0.4, 0.8, 1.6]
    (halted,) = rig.told(PackageHalted)
    assert (halted.long_quantity, halted.short_quantity) == (D("9.9950"), 0)
    assert rig.package.state is PackageState.HALTED


def test_a_stale_book_is_no_reason_to_stay_naked(rig: Rig) -> None:
    rig.hear(book(rig, SPOT, 90.0, 90.02))
    rig.wait(3)
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT, 0)
    rig.fill(LegRole.LONG)
    assert rig.take_order(LegRole.LONG).limit_price == D("99.80")  # from the approved decision price


def test_an_older_book_that_comes_late_is_not_quoted(rig: Rig) -> None:
    late = book(rig, SPOT, 90.0, 90.02)
    rig.wait(0.01)
    rig.hear(book(rig, SPOT, 99.0, 99.02))
    rig.hear(late)
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT, 0)
    rig.fill(LegRole.LONG)
    assert rig.take_order(LegRole.LONG).limit_price == D("98.80")
