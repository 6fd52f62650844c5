"""Plans that are carried out: sells before buys, everything through risk, and what becomes of what risk refuses."""

from typing import Any

import pytest
from tests.unit.portfolio.rebalancing_desk import D, RebalancingDesk, sides, traded_usd

from poise_common.contracts.packages import ClosePackage, CloseReason, OpenPackage, OrderStyle
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_portfolio.domain.rebalancing.records import Cause, PlanState, RebalancingPlan, TradeState


def unbalanced(**changes: Any) -> RebalancingDesk:
    """$20,000 of BTC and $10,000 of ETH where $12,000 each are wanted, and nothing of SOL."""
    desk = RebalancingDesk(**changes)
    desk.hold("BTC", 20_000)
    desk.hold("ETH", 10_000)
    desk.want("BTC", held=True).want("ETH", held=True).want("SOL")
    return desk


def states(desk: RebalancingDesk) -> list[TradeState]:
    return [trade.state for trade in desk.plan.trades]


def wanted_all_along(desk: RebalancingDesk) -> RebalancingDesk:
    """Signals wants SOL for longer than it takes to ask for it itself."""
    for _ in range(4):
        desk.step().want("BTC", held=True).want("ETH", held=True).want("SOL")
    return desk


def sold_and_ready_to_buy(**changes: Any) -> RebalancingDesk:
    desk = unbalanced(**changes).order()
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell)
    wanted_all_along(desk)
    return desk.step(5).want("SOL").step()


def test_what_weighs_too_much_is_sold_by_closing_the_same_quantity_of_both_legs() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    assert isinstance(sell, ClosePackage)
    assert (sell.asset, sell.reason, sell.package_id) == ("BTC", CloseReason.REBALANCE, desk.held["BTC"][0])
    assert sell.long_leg.quantity == sell.short_leg.quantity
    assert traded_usd(sell) == pytest.approx(8_000, abs=1)
    assert sides((sell.long_leg, sell.short_leg)) == (Side.SELL, Side.BUY)
    assert sell.style is OrderStyle.IOC
    assert sell.trace_id == desk.plan.plan_id


def test_nothing_is_bought_before_every_sell_is_settled() -> None:
    desk = wanted_all_along(unbalanced().order())
    assert [type(request) for request in desk.requests] == [ClosePackage]
    assert desk.plan.state is PlanState.SELLING
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell).want("SOL").step()
    assert desk.plan.state is PlanState.BUYING
    assert states(desk)[0] is TradeState.DONE
    (_, buy) = desk.requests
    assert isinstance(buy, OpenPackage)
    assert buy.asset == "SOL"


def test_a_buy_is_priced_on_the_newest_books_with_all_fees_and_what_signals_expects_of_funding() -> None:
    desk = sold_and_ready_to_buy()
    buy = desk.requests[-1]
    assert isinstance(buy, OpenPackage)
    # Bid 99.99 over ask 100.01: -0.02 %; taker fees in 0.1 %, maker fees out 0.04 %, buffer 0.05 %.
    assert float(buy.net_yield) == pytest.approx(99.99 / 100.01 - 1 - 0.0014 - 0.0005, abs=1e-9)
    assert (float(buy.expected_funding), float(buy.net_apr)) == (0.01, 0.2)
    assert sides((buy.long_leg, buy.short_leg)) == (Side.BUY, Side.SELL)
    assert traded_usd(buy) == pytest.approx(12_000, abs=15)
    assert (buy.strategy, buy.tier, buy.edge_score) == ("funding_carry", 1, buy.net_apr)


def test_a_plan_is_over_once_every_trade_is_settled_and_says_what_was_traded() -> None:
    desk = sold_and_ready_to_buy()
    buy = desk.requests[-1]
    desk.approve(buy).carry_out(buy).step()
    assert desk.plan.state is PlanState.ENDED
    assert states(desk) == [TradeState.DONE, TradeState.DONE]
    sell_trade, buy_trade = desk.plan.trades
    assert float(sell_trade.traded_usd) == pytest.approx(8_000, abs=5)
    assert float(buy_trade.traded_usd) == pytest.approx(12_000, abs=20)
    again = desk.want("SOL", held=True).order()
    assert (again.plan.state, again.plan.note) == (PlanState.ENDED, "there is nothing to trade")


def test_what_earns_too_little_is_not_bought_and_it_is_said() -> None:
    desk = unbalanced(requests__give_up_after_s=20.0)
    desk.order()
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell)
    for _ in range(30):
        desk.step().want("SOL", funding=0.0001)
    assert [type(request) for request in desk.requests] == [ClosePackage]
    assert "is below the 0.100% that a purchase wants" in desk.plan.trades[1].note
    assert desk.plan.state is PlanState.ENDED


def test_a_candidate_of_which_nothing_is_held_is_left_to_signals_first() -> None:
    desk = RebalancingDesk().want("SOL").order()
    assert desk.requests == []
    assert desk.plan.trades[0].note == "signals asks for it itself"
    for _ in range(7):
        desk.step().want("SOL")
    assert [request.asset for request in desk.requests] == ["SOL"]


def test_what_signals_opens_meanwhile_is_not_bought_again() -> None:
    desk = RebalancingDesk().want("SOL").order()
    goal_usd = int(desk.plan.trades[0].goal_usd)
    desk.hold("SOL", goal_usd)
    desk.step(6).want("SOL", held=True).step()
    assert (desk.requests, desk.plan.trades[0].note) == ([], "there is no more to be bought")
    assert desk.plan.state is PlanState.ENDED


def test_an_approved_opening_counts_before_its_first_fill() -> None:
    desk = RebalancingDesk(models__model="momentum", models__momentum__invested_share=0.3)
    desk.want("SOL").order()
    for _ in range(7):
        desk.step().want("SOL")
    (mine,) = desk.requests
    desk.refuse(mine)
    theirs = mine.model_copy(update={"id": desk.new_id(desk.now), "package_id": desk.new_id(desk.now)})
    desk.approve(theirs)
    for _ in range(7):
        desk.step().want("SOL")
    assert desk.requests == [mine]
    assert desk.plan.state is PlanState.ENDED


def test_what_is_held_is_added_to_by_a_package_of_its_own() -> None:
    desk = RebalancingDesk()
    desk.hold("BTC", 5_000)
    desk.want("BTC", held=True).want("ETH", why_not="net yield is too low").order()
    (buy,) = desk.requests
    assert isinstance(buy, OpenPackage)
    assert buy.package_id not in desk.held["BTC"]
    assert traded_usd(buy) == pytest.approx(31_000, abs=35)
    assert buy.edge_score == buy.net_yield + buy.expected_funding


def test_what_risk_refuses_is_asked_for_again_and_then_given_up() -> None:
    desk = unbalanced().order()
    for tries in range(1, 4):
        assert len(desk.requests) == tries
        desk.refuse(desk.requests[-1], "closing_new").step(5).step(1)
    assert len({request.id for request in desk.requests}) == 3
    assert desk.plan.trades[0].state is TradeState.GIVEN_UP
    assert desk.plan.trades[0].note == "risk refused it: closing_new"
    assert desk.plan.state is PlanState.BUYING


def test_a_request_that_nobody_answers_is_made_again_under_another_id() -> None:
    desk = unbalanced().order().step(9)
    assert len(desk.requests) == 1
    desk.step(1.5).step(5).step(1)
    first, second = desk.requests
    assert (first.package_id, first.id != second.id) == (second.package_id, True)
    assert second.requested_at > first.expires_at


def test_what_books_could_not_take_is_sold_next() -> None:
    desk = unbalanced().order()
    (first,) = desk.requests
    desk.approve(first, 3_000).carry_out(first, 3_000).step()
    second = desk.requests[-1]
    assert traded_usd(second) == pytest.approx(5_000, abs=1)
    desk.approve(second).carry_out(second).step()
    trade = desk.plan.trades[0]
    assert (trade.state, trade.tries) == (TradeState.DONE, 2)
    assert float(trade.traded_usd) == pytest.approx(8_000, abs=5)


def test_an_outcome_that_is_told_before_its_decision_settles_the_trade() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    desk.carry_out(sell).step()
    before = desk.plan
    desk.approve(sell)
    assert desk.plan is before
    assert desk.plan.trades[0].state is TradeState.DONE


def test_what_execution_refuses_is_asked_for_again() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    desk.approve(sell).refuse_by_execution(sell)
    assert desk.plan.trades[0].note == "execution refused it: expired"
    desk.step(5).step()
    assert len(desk.requests) == 2


def test_an_opening_that_came_to_nothing_is_asked_for_again_as_another_package() -> None:
    desk = sold_and_ready_to_buy()
    buy = desk.requests[-1]
    assert isinstance(buy, OpenPackage)
    desk.approve(buy).abort(buy).want("SOL").step(5).want("SOL").step()
    again = desk.requests[-1]
    assert again.id != buy.id
    assert again.package_id != buy.package_id


def test_nothing_is_asked_for_by_stale_books() -> None:
    desk = unbalanced()
    desk.now += desk.now.resolution * 1_500_000
    desk.order()
    assert desk.requests == []
    assert desk.plan.trades[0].note == "its order books are missing or stale"


def test_what_cannot_be_traded_in_time_is_left_with_its_reason_and_the_rest_goes_on() -> None:
    desk = unbalanced()
    desk.now += desk.now.resolution * 1_500_000
    desk.order()
    desk.now += desk.now.resolution * 130_000_000
    desk.wait(1)
    assert desk.plan.trades[0].note == "left: its order books are missing or stale"
    assert desk.plan.state is PlanState.BUYING


def test_buys_wait_for_a_risk_that_is_active() -> None:
    desk = unbalanced(requests__retry_s=1.0).order()
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell)
    for _ in range(8):
        desk.step(mode=SystemMode.REDUCING).want("SOL")
    assert [type(request) for request in desk.requests] == [ClosePackage]
    assert desk.plan.trades[1].note == "risk is reducing"
    desk.step().want("SOL").step()
    assert isinstance(desk.requests[-1], OpenPackage)


@pytest.mark.parametrize(("mode", "note"), [(SystemMode.HALTED, "risk is halted"), (None, "risk's state is not known")])
def test_an_order_to_a_desk_that_may_not_trade_is_refused_with_the_reason(mode: SystemMode | None, note: str) -> None:
    desk = RebalancingDesk().restarted(mode)
    desk.order()
    assert (desk.plan.state, desk.plan.note, desk.requests) == (PlanState.REFUSED, note, [])


def test_an_order_while_a_plan_is_under_way_is_refused_and_changes_nothing() -> None:
    desk = unbalanced().order()
    first = desk.plan
    desk.order()
    assert desk.plan.state is PlanState.REFUSED
    assert desk.plan.note.endswith("is under way")
    (sell,) = desk.requests
    desk.approve(sell)
    assert (desk.plan.plan_id, desk.plan.trades[0].state) == (first.plan_id, TradeState.APPROVED)


def test_a_plan_under_way_goes_on_after_a_restart_without_asking_twice() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    again = desk.restarted()
    again.want("BTC", held=True).want("ETH", held=True).want("SOL").step()
    assert again.requests == []
    again.approve(sell).carry_out(sell)
    wanted_all_along(again).step(5).want("SOL").step()
    assert [request.asset for request in again.requests] == ["SOL"]
    assert again.plan.plan_id == desk.plan.plan_id


def test_the_same_try_of_the_same_trade_has_the_same_id() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    records = [record for record in desk.records if not isinstance(record, RebalancingPlan)]
    began = next(record for record in desk.records if isinstance(record, RebalancingPlan))
    desk.records = [*records, began]
    again = desk.restarted().step()
    assert [request.id for request in again.requests] == [sell.id]


def test_told_twice_changes_nothing() -> None:
    desk = unbalanced().order()
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell)
    stored = len(desk.stored(RebalancingPlan))
    desk.approve(sell)
    assert len(desk.stored(RebalancingPlan)) == stored


def test_the_desk_does_nothing_by_itself_as_shipped() -> None:
    desk = unbalanced()
    for _ in range(5):
        desk.step(3_600).want("BTC", held=True).want("ETH", held=True).want("SOL").wait(1)
    assert (desk.requests, desk.stored(RebalancingPlan)) == ([], [])


def test_where_it_may_it_plans_each_period_and_on_large_moves() -> None:
    desk = unbalanced(occasions__automatic=True).step()
    assert (desk.plan.cause, desk.plan.ordered_by) == (Cause.PERIOD, "portfolio")
    (sell,) = desk.requests
    desk.approve(sell).carry_out(sell)
    for _ in range(130):
        desk.step()
    assert desk.plan.state is PlanState.ENDED
    desk.step(1_700).want("BTC", held=True).want("ETH", held=True)
    desk.hold("ETH", 20_000)
    desk.step(200).want("BTC", held=True).want("ETH", held=True).step()
    assert (desk.plan.cause, desk.requests[-1].asset) == (Cause.LARGE_MOVE, "ETH")
    assert desk.plan.equity_usd == pytest.approx(D(100_000), abs=D(100))
