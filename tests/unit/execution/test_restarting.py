from tests.unit.execution.messages import approved, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import LegFilled, OrderSent, PackageAborted, PackageClosed, PackageOpened
from poise_common.contracts.packages import LegRole
from poise_execution.domain import effects, results
from poise_execution.domain.orders import OrderState


def found(rig: Rig, look_up: effects.LookUpOrder) -> None:
    quantity = rig.order(look_up.client_order_id).quantity
    order_id = f"o-{look_up.client_order_id}"
    rig.look_up(
        look_up.client_order_id,
        results.OrderSeen(order_id=order_id, filled_quantity=quantity, is_terminal=True),
    )


def test_intents_without_an_answer_are_looked_up_and_never_sent(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.restart()
    assert rig.take(effects.SubmitOrder) == []
    assert {order.state for order in rig.state.orders.values()} == {OrderState.UNKNOWN}
    look_ups = rig.take(effects.LookUpOrder)
    assert {look_up.client_order_id for look_up in look_ups} == set(rig.state.orders)
    for look_up in look_ups:
        found(rig, look_up)
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1
    assert len(rig.told(OrderSent)) == len(rig.told(LegFilled)) == 2


def test_intents_that_never_reached_the_venue_abort_the_package_after_the_deadline(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.restart()
    rig.wait(5)
    for look_up in rig.take(effects.LookUpOrder):
        rig.look_up(look_up.client_order_id, results.OrderAbsent())
    assert len(rig.told(PackageAborted)) == 1
    assert rig.told(OrderSent) == []


def test_an_order_that_was_known_final_has_its_trades_fetched(rig: Rig) -> None:
    rig.hear(approved(rig))
    for role in LegRole:
        rig.answer(rig.take_order(role))
    rig.restart()
    assert rig.take(effects.LookUpOrder) == []
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1
    assert len(rig.told(LegFilled)) == 2


def test_a_short_fill_is_taken_back_after_the_restart(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG)
    short = rig.take_order(LegRole.SHORT)
    rig.restart()
    rig.wait(5)
    rig.take(effects.LookUpOrder)
    rig.look_up(short.client_order_id, results.OrderAbsent())
    assert rig.take_order(LegRole.LONG).quantity == rig.package.long_held


def test_what_is_held_is_known_after_a_restart(rig: Rig) -> None:
    package = rig.opened()
    rig.restart()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    assert len(rig.told(PackageClosed)) == 1


def test_a_package_whose_asset_left_the_universe_can_be_closed_after_a_restart(rig: Rig) -> None:
    package = rig.opened()
    rig.restart()
    rig.hear(rig.empty_universe())
    rig.hear(closing(rig, package))
    assert len(rig.take(effects.SubmitOrder)) == 2


def test_a_restart_in_the_middle_ends_as_an_undisturbed_run_does() -> None:
    def run(restart_after: int | None) -> list[str]:
        rig = Rig().ready()
        rig.hear(approved(rig))
        steps = 0
        while rig.told(PackageOpened) == []:
            if steps == restart_after:
                rig.restart()
            steps += 1
            match rig.effects.pop(0):
                case effects.SubmitOrder() as submit:
                    rig.answer(submit)
                case effects.LookUpOrder() as look_up:
                    found(rig, look_up)
                case effects.FetchTrades() as fetch:
                    rig.hear(rig.trades_of(fetch))
            rig.wait(0.5)
        return sorted(f"{type(message).__name__} {message.id}" for message in rig.messages)

    undisturbed = run(None)
    assert [run(restart_after=step) for step in range(4)] == [undisturbed] * 4
