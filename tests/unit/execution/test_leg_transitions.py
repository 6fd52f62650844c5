from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.unit.execution.test_order_transitions import order

from poise_common.contracts.packages import OrderStyle
from poise_execution.domain.legs import LEG_TRANSITIONS, ImpossibleMove, LegEvent, LegState, leg_state, moved
from poise_execution.domain.orders import Order, OrderState

# Rows: what is under way of a leg. Columns: REST TAKE CANCEL KNOWN RESTING_SURFACED TAKING_SURFACED; - never happens.
TABLE = """
idle      resting taking -        -     resting  taking
resting   -       -      leaving  idle  resting  taking
leaving   -       -      leaving  idle  resting  taking
taking    -       -      taking   idle  taking   taking
"""
CELLS = [
    (LegState(cells[0]), event, None if cell == "-" else LegState(cell))
    for cells in (row.split() for row in TABLE.strip().splitlines())
    for event, cell in zip(LegEvent, cells[1:], strict=True)
]
NOW = datetime(2026, 1, 5, tzinfo=UTC)
IOC = order(OrderState.UNKNOWN, client_order_id="ioc")
POST_ONLY = order(OrderState.RESTING, client_order_id="rests", style=OrderStyle.POST_ONLY, rest_until=NOW)
LEAVING = replace(POST_ONLY, cancel_asked_at=NOW)
LEGS = {LegState.IDLE: (), LegState.RESTING: (POST_ONLY,), LegState.LEAVING: (LEAVING,), LegState.TAKING: (IOC,)}


@pytest.mark.parametrize(("before", "event", "after"), CELLS)
def test_each_event_leads_a_leg_where_the_table_says_or_is_refused(
    before: LegState, event: LegEvent, after: LegState | None
) -> None:
    if after is None:
        with pytest.raises(ImpossibleMove, match=event.value):
            moved(before, event)
    else:
        assert moved(before, event) is after


@pytest.mark.parametrize(("before", "event", "after"), [cell for cell in CELLS if cell[2] is not None])
def test_the_state_told_from_the_orders_moves_as_the_table_does(
    before: LegState, event: LegEvent, after: LegState
) -> None:
    assert leg_state(LEGS[before]) is before
    assert leg_state(done(LEGS[before], event)) is after


def done(orders: tuple[Order, ...], event: LegEvent) -> tuple[Order, ...]:
    """Return a leg's orders after an event."""
    match event:
        case LegEvent.REST:
            return (*orders, replace(POST_ONLY, state=OrderState.INTENDED))
        case LegEvent.TAKE:
            return (*orders, replace(IOC, state=OrderState.INTENDED))
        case LegEvent.CANCEL:
            return tuple(replace(each, cancel_asked_at=NOW) for each in orders)
        case LegEvent.KNOWN:
            return tuple(replace(each, state=OrderState.FINAL) for each in orders)
        case LegEvent.RESTING_SURFACED:
            return (*orders, replace(POST_ONLY, state=OrderState.RESTING))
        case LegEvent.TAKING_SURFACED:
            return (*orders, replace(IOC, state=OrderState.SETTLING, filled_quantity=Decimal(1)))


def test_the_table_answers_every_event_in_every_state() -> None:
    assert set(LEG_TRANSITIONS) == set(LegState)
    assert all(set(row) == set(LegEvent) for row in LEG_TRANSITIONS.values())


@pytest.mark.parametrize("state", [LegState.RESTING, LegState.LEAVING, LegState.TAKING])
def test_no_second_order_of_a_leg_is_sent_before_the_first_is_known(state: LegState) -> None:
    for event in (LegEvent.REST, LegEvent.TAKE):
        with pytest.raises(ImpossibleMove):
            moved(state, event)
