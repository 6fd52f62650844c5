"""Legs whose steps and minimums differ: contracts of more than one coin, and minimums above the residual cap."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.execution.messages import PERPETUAL, SPOT, approved, closing, universe
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole
from poise_execution.domain import effects

D = Decimal


def with_contracts(rig: Rig, **rules: Any) -> None:
    """List the perpetual in contracts of one coin each, or by other rules."""
    coarse: dict[str, Any] = {"contract_size": D(1), "quantity_step": D(1), "min_quantity": D(1)}
    rig.hear(universe(rig, hedge=PERPETUAL.model_copy(update=coarse | rules)))


def test_legs_that_rounding_alone_pulls_apart_beyond_the_cap_are_not_sent(rig: Rig) -> None:
    with_contracts(rig, contract_size=D(10), quantity_step=D(10), min_quantity=D(10))
    rig.hear(approved(rig, quantity="25"))  # 20 of it could be sold short: 500 USD would be left
    assert rig.refusal.reason is RefusalReason.UNTRADABLE
    assert "500" in rig.refusal.detail
    assert rig.take(effects.SubmitOrder) == []


def test_a_leg_below_one_contract_keeps_the_other_from_being_sent(rig: Rig) -> None:
    with_contracts(rig, contract_size=D(10), quantity_step=D(10), min_quantity=D(10))
    rig.hear(approved(rig, quantity="9"))
    assert rig.refusal.reason is RefusalReason.UNTRADABLE
    assert rig.take(effects.SubmitOrder) == []


def test_legs_in_whole_contracts_are_sent_alike(rig: Rig) -> None:
    with_contracts(rig, contract_size=D(10), quantity_step=D(10), min_quantity=D(10))
    rig.hear(approved(rig, quantity="30"))
    assert [submit.quantity for submit in rig.take(effects.SubmitOrder)] == [30, 30]


def test_an_excess_below_one_contract_beyond_the_cap_is_taken_back_with_a_whole_one(rig: Rig) -> None:
    with_contracts(rig)
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, "9.2")  # 9.1954 held against 10 short: 80 USD, less than a contract
    assert rig.fill(LegRole.SHORT).quantity == 1
    (opened,) = rig.told(PackageOpened)
    assert (opened.long_leg.held_quantity, opened.short_leg.held_quantity) == (D("9.1954"), 9)


def test_an_excess_below_one_contract_and_below_the_cap_stays(rig: Rig) -> None:
    with_contracts(rig)
    rig.hear(approved(rig))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, "9.6")
    assert len(rig.told(PackageOpened)) == 1
    assert rig.take(effects.SubmitOrder) == []


def test_a_closing_that_leaves_less_than_a_contract_too_much_takes_a_whole_one(rig: Rig) -> None:
    with_contracts(rig)
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.LONG, "5.8")  # 4.195 left
    rig.fill(LegRole.SHORT, 5)  # 5 left: 80 USD too much
    assert rig.fill(LegRole.SHORT).quantity == 1
    assert rig.fill(LegRole.LONG).quantity == D("0.195")
    (partly,) = rig.told(PackageClosedPartly)
    assert (partly.remaining_long_quantity, partly.remaining_short_quantity) == (4, 4)


@pytest.mark.parametrize("kept", [LegRole.LONG, LegRole.SHORT])
def test_what_is_left_naked_beyond_the_cap_and_below_the_venues_minimum_is_locked_not_closed(
    rig: Rig, kept: LegRole
) -> None:
    package = rig.opened()
    high = {"min_notional": D(200)}
    spot, hedge = (each.model_copy(update=high) for each in (SPOT, PERPETUAL))
    rig.hear(universe(rig, spot=spot, hedge=hedge))
    rig.hear(closing(rig, package))
    (gone,) = set(LegRole) - {kept}
    rig.fill(gone)
    rig.fill(kept, "8.5")  # about 150 USD left of it
    assert rig.told(PackageClosed) == []
    assert len(rig.told(PackageHalted)) == 1
    assert rig.take(effects.SubmitOrder) == []


def test_an_opening_that_leaves_a_leg_naked_below_the_venues_minimum_is_locked_not_aborted(rig: Rig) -> None:
    high = {"min_notional": D(200)}
    rig.hear(universe(rig, spot=SPOT.model_copy(update=high), hedge=PERPETUAL.model_copy(update=high)))
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG, "1.5")
    rig.fill(LegRole.SHORT, 0)
    assert rig.told(PackageAborted) == []
    assert len(rig.told(PackageHalted)) == 1


def test_dust_below_the_cap_is_left_behind_as_ever(rig: Rig) -> None:
    high = {"min_notional": D(45)}
    package = rig.opened()
    rig.hear(universe(rig, spot=SPOT.model_copy(update=high)))
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, "9.595")  # 40 USD
    assert len(rig.told(PackageClosed)) == 1
