from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import Side
from poise_execution.domain.orders import TRANSITIONS, Evidence, Order, OrderState

# Rows: what is believed of an order. Columns: TERMINAL OPEN REFUSED UNCLEAR ABSENT SETTLED TRADED.
TABLE = """
intended  settling resting void     unknown  unknown  intended resting
unknown   settling resting void     unknown  void     unknown  resting
resting   settling resting resting  resting  resting  resting  resting
settling  settling settling settling settling settling final   settling
final     final    final   final    final    final    final    settling
void      settling resting void     void     void     void     settling
"""


def order(state: OrderState, **changes: object) -> Order:
    fields: dict[str, object] = {
        "client_order_id": "la00",
        "approval_id": UUID(int=1),
        "package_id": UUID(int=2),
        "role": LegRole.LONG,
        "purpose": OrderPurpose.LEG,
        "attempt": 0,
        "venue": "paper",
        "symbol": "ETH/USDT",
        "side": Side.BUY,
        "quantity": Decimal(10),
        "limit_price": Decimal(100),
        "decision_price": Decimal(100),
        "reduce_only": False,
        "intended_at": datetime(2026, 1, 5, tzinfo=UTC),
        "state": state,
    }
    return Order(**(fields | changes))  # type: ignore[arg-type]  # the test's own fields


@pytest.mark.parametrize(
    ("before", "evidence", "after"),
    [
        (OrderState(cells[0]), evidence, OrderState(cell))
        for cells in (row.split() for row in TABLE.strip().splitlines())
        for evidence, cell in zip(Evidence, cells[1:], strict=True)
    ],
)
def test_each_piece_of_evidence_leads_where_the_table_says(
    before: OrderState, evidence: Evidence, after: OrderState
) -> None:
    assert order(before).after(evidence) is after


def test_the_table_answers_every_evidence_in_every_state() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    assert all(set(row) == set(Evidence) for row in TRANSITIONS.values())


@pytest.mark.parametrize("state", [OrderState.INTENDED, OrderState.UNKNOWN, OrderState.RESTING])
def test_an_order_in_doubt_counts_as_filled_in_full(state: OrderState) -> None:
    assert order(state, filled_quantity=Decimal(3)).counted_quantity == 10


@pytest.mark.parametrize("state", [OrderState.SETTLING, OrderState.FINAL, OrderState.VOID])
def test_a_known_order_counts_with_what_it_filled(state: OrderState) -> None:
    assert order(state, filled_quantity=Decimal(3)).counted_quantity == 3
