from decimal import Decimal

import pytest
from tests.unit.execution.messages import (
    PERPETUAL,
    approved,
    closing,
    prepared,
    universe,
)
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import LegRole, PackageAction
from poise_common.domain.instruments import Side
from poise_execution.domain import effects


def assert_nothing_sent(rig: Rig, reason: RefusalReason) -> None:
    assert rig.refusal.reason is reason
    assert rig.take(effects.SubmitOrder) == []
    assert rig.state.orders == {}


def test_closing_a_package_that_is_not_held_is_refused(rig: Rig) -> None:
    rig.hear(approved(rig, action=PackageAction.CLOSE))
    assert_nothing_sent(rig, RefusalReason.UNKNOWN_PACKAGE)


def test_closing_a_package_that_is_being_opened_is_refused(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.take(effects.SubmitOrder)
    rig.hear(approved(rig, action=PackageAction.CLOSE, package=rig.package))
    assert rig.refusal.reason is RefusalReason.UNKNOWN_PACKAGE
    assert rig.take(effects.SubmitOrder) == []


def test_closing_in_another_instrument_than_the_package_holds_is_refused(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package, legs={LegRole.SHORT: {"symbol": "BTC/USDT:USDT"}}))
    assert rig.refusal.reason is RefusalReason.UNKNOWN_PACKAGE
    assert rig.take(effects.SubmitOrder) == []


@pytest.mark.parametrize(
    ("legs", "word"),
    [
        ({LegRole.LONG: {"symbol": "DOGE/USDT"}}, "universe"),
        ({LegRole.SHORT: {"quantity": Decimal("0.0009")}}, "quantity"),
        ({LegRole.LONG: {"quantity": Decimal("0.04")}}, "notional"),
        ({LegRole.SHORT: {"limit_price": Decimal(0)}}, "limit price"),
        ({LegRole.LONG: {"limit_price": Decimal("0.001")}}, "tick"),
        ({LegRole.SHORT: {"quantity": Decimal(0)}}, "quantity"),
        ({LegRole.SHORT: {"quantity": Decimal(-1)}}, "quantity"),
        ({LegRole.LONG: {"side": Side.SELL}}, "does not open"),
        ({LegRole.LONG: {"role": LegRole.SHORT, "side": Side.SELL}}, "one long leg"),
    ],
)
def test_one_untradable_leg_keeps_both_from_being_sent(
    rig: Rig, legs: dict[LegRole, dict[str, object]], word: str
) -> None:
    rig.hear(approved(rig, legs=legs))
    assert_nothing_sent(rig, RefusalReason.UNTRADABLE)
    assert word in rig.refusal.detail


def test_nothing_is_opened_before_leverage_is_set_on_the_derivative(rig: Rig) -> None:
    btc = PERPETUAL.model_copy(update={"symbol": "BTC/USDT:USDT"})
    rig.hear(universe(rig, hedge=btc))
    (prepare,) = rig.take(effects.PrepareInstrument)
    assert (prepare.instrument, prepare.leverage) == (btc, 5)
    rig.hear(prepared(rig, btc, failure="no answer"))
    rig.hear(approved(rig, legs={LegRole.SHORT: {"symbol": btc.symbol}}))
    assert_nothing_sent(rig, RefusalReason.UNTRADABLE)
    assert "no answer" in rig.refusal.detail
    rig.wait(1)
    assert len(rig.take(effects.PrepareInstrument)) == 1
    rig.hear(prepared(rig, btc, failure=None))
    rig.hear(approved(rig, legs={LegRole.SHORT: {"symbol": btc.symbol}}))
    assert len(rig.take(effects.SubmitOrder)) == 2
    rig.wait(60)
    assert rig.take(effects.PrepareInstrument) == []


def test_nothing_is_opened_before_the_account_was_read_once() -> None:
    rig = Rig()
    rig.listen()
    rig.hear(approved(rig))
    assert_nothing_sent(rig, RefusalReason.LOCKED)
    assert "not been compared" in rig.refusal.detail
