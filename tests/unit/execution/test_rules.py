from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.execution.messages import SPOT
from tests.unit.execution.rig import shipped_values

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import Side
from poise_execution.domain.client_ids import approval_of, client_order_id
from poise_execution.domain.order_rules import OrderTerms, fit
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.domain.quotes import collared

D = Decimal
KEYS = st.tuples(
    st.uuids(), st.sampled_from(LegRole), st.sampled_from(OrderPurpose), st.integers(min_value=0, max_value=1295)
)


@given(KEYS, KEYS)
def test_client_order_ids_fit_all_venues_differ_by_order_and_tell_their_approval(
    one: tuple[UUID, LegRole, OrderPurpose, int], other: tuple[UUID, LegRole, OrderPurpose, int]
) -> None:
    first, second = client_order_id(*one), client_order_id(*other)
    assert first.isascii()
    assert first[0].isalpha()
    assert first.islower()
    assert first.isalnum()
    assert len(first) <= 32
    assert (first == second) == (one == other)
    assert approval_of(first) == one[0]


@pytest.mark.parametrize("foreign", ["", "web_1", "x" * 29, "la"])
def test_a_foreign_client_order_id_is_told_from_ours(foreign: str) -> None:
    with pytest.raises(ValueError, match="not a client order id"):
        approval_of(foreign)


@given(
    st.sampled_from(Side),
    st.decimals(min_value=0, max_value=1_000, places=8),
    st.decimals(min_value=0, max_value=100_000, places=6),
)
def test_a_fitted_order_is_on_the_grid_no_larger_and_no_worse(side: Side, quantity: Decimal, limit: Decimal) -> None:
    terms = fit(SPOT, side, quantity, limit)
    if isinstance(terms, OrderTerms):
        assert terms.quantity <= quantity
        assert terms.quantity % SPOT.quantity_step == 0
        assert terms.limit_price % SPOT.price_tick == 0
        assert side.sign * (limit - terms.limit_price) >= 0
        assert terms.quantity * terms.limit_price >= SPOT.min_notional
        assert abs(limit - terms.limit_price) < SPOT.price_tick
        assert quantity - terms.quantity < SPOT.quantity_step


def test_a_collar_is_worse_than_its_reference_on_the_tick() -> None:
    # 100.03 x 1.002 = 100.23006, up to the tick; 100.03 x 0.998 = 99.82994, down to it
    assert collared(SPOT, Side.BUY, D("100.03"), D(20)) == D("100.24")
    assert collared(SPOT, Side.SELL, D("100.03"), D(20)) == D("99.82")


def test_a_collar_never_falls_to_zero() -> None:
    assert collared(SPOT, Side.SELL, D("0.01"), D(500)) == D("0.01")


@pytest.mark.parametrize(
    ("section", "key", "value", "word"),
    [
        ("orders", "answer_timeout_s", 5, "can't be called not found"),
        ("orders", "receive_window_s", 6, "can't be called not found"),
        ("orders", "not_found_after_s", 10, "locks its package"),
        ("hedging", "retry_pause_max_s", 30, None),
        ("hedging", "unwind_tries", 20, "sum up"),
        ("hedging", "unwind_collar_bps", 0, None),
        ("hedging", "residual_cap_usd", -1, None),
        ("account", "venue_leverage", 125, None),
        ("account", "no_such_key", 1, None),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(section: str, key: str, value: object, word: str | None) -> None:
    values = shipped_values()
    values[section][key] = value
    if key == "retry_pause_max_s":
        values[section]["retry_pause_s"] = 5
    with pytest.raises(ValueError, match=word or key if key != "retry_pause_max_s" else "sum up"):
        ExecutionConfig.model_validate(values)
