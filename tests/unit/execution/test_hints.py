from decimal import Decimal

import pytest
from tests.unit.execution.messages import approved
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import LegFilled, PackageOpened
from poise_common.contracts.packages import LegRole
from poise_execution.domain import effects, results


def hint(rig: Rig, client_order_id: str | None) -> None:
    rig.hear(rig.result(results.AccountHinted, venue="paper", client_order_id=client_order_id))


def looked_up(rig: Rig) -> list[str]:
    return [each.client_order_id for each in rig.take(effects.LookUpOrder)]


def test_a_hint_about_an_order_of_ours_has_it_looked_up_now(rig: Rig) -> None:
    rig.hear(approved(rig))
    lost = rig.take_order(LegRole.SHORT).client_order_id
    hint(rig, lost)
    assert looked_up(rig) == [lost]


def test_hints_change_nothing_by_themselves(rig: Rig) -> None:
    rig.hear(approved(rig))
    before = rig.state_copy()
    for order_id in (*before.orders, "web_1", None):
        for _ in range(3):
            hint(rig, order_id)
    assert rig.state_copy() == before
    assert rig.messages == []


def test_a_hint_while_a_question_is_out_has_it_put_again_as_soon_as_it_is_answered(rig: Rig) -> None:
    rig.hear(approved(rig))
    lost = rig.take_order(LegRole.SHORT).client_order_id
    for _ in range(5):
        hint(rig, lost)
    assert looked_up(rig) == [lost]  # one question at a time, however many hints
    rig.look_up(lost, results.OrderSeen(order_id="o-1", filled_quantity=Decimal(0), is_terminal=False))
    rig.wait(0)
    assert looked_up(rig) == [lost]


@pytest.mark.parametrize("times", [1, 3])
def test_a_hint_about_a_final_order_asks_nothing(rig: Rig, times: int) -> None:
    rig.hear(approved(rig))
    submits = [rig.fill(role) for role in LegRole]
    for submit in submits * times:
        hint(rig, submit.client_order_id)
    assert looked_up(rig) == []
    assert len(rig.told(LegFilled)) == 2
    assert len(rig.told(PackageOpened)) == 1


def test_a_hint_about_an_order_that_the_venue_had_denied_has_it_looked_up(rig: Rig) -> None:
    rig.hear(approved(rig))
    refused = rig.take_order(LegRole.SHORT)
    rig.answer_with(refused, results.OrderRefused(code="-2019", text="margin is insufficient"))
    hint(rig, refused.client_order_id)
    assert looked_up(rig) == [refused.client_order_id]


@pytest.mark.parametrize("client_order_id", ["web_1", None])
def test_a_hint_about_anything_else_has_the_account_read_soon(rig: Rig, client_order_id: str | None) -> None:
    rig.wait(1)
    assert rig.take(effects.ReadAccount) == []
    hint(rig, client_order_id)
    rig.wait(1)
    (read,) = rig.take(effects.ReadAccount)
    assert read.is_urgent == (client_order_id is not None), "what is not ours does not wait for books"
