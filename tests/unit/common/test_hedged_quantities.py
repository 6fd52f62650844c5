from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.domain.hedged_quantities import (
    LegQuantities,
    closing_quantities,
    common_step,
    opening_quantities,
    part_to_close,
    untradable,
)
from poise_common.domain.instruments import Instrument

D = Decimal


@pytest.fixture(scope="session")
def spot() -> Callable[..., Instrument]:
    return spot_of


@pytest.fixture(scope="session")
def perpetual() -> Callable[..., Instrument]:
    return perpetual_of


def test_a_spot_purchase_is_grossed_up_by_its_fee_so_that_what_is_held_matches_the_short(
    spot: Callable[..., Instrument], perpetual: Callable[..., Instrument]
) -> None:
    # room: min((8,000 / 100 - 0.0001) x 0.9995, 8,000 / 100.5) = min(79.9599, 79.60199) -> 79.601 on the 0.001 step
    # bought: 79.601 / 0.9995 = 79.64082 -> up to 79.6409; held after the fee 79.60108
    found = opening_quantities(spot(), perpetual(), D(8000), D(100), D("100.5"))
    assert found == LegQuantities(D("79.6409"), D("79.601"))


def test_a_long_that_is_no_spot_is_not_grossed_up(perpetual: Callable[..., Instrument]) -> None:
    found = opening_quantities(perpetual(), perpetual("BTC"), D(8000), D(100), D("100.5"))
    assert found.long == found.short


def test_the_common_step_is_the_coarser_or_the_first_that_fits_both() -> None:
    assert common_step(D("0.001"), D("0.1")) == D("0.1")
    assert common_step(D("1"), D("0.00001")) == 1
    assert common_step(D("0.3"), D("0.2")) == D("0.6")
    assert common_step(D("1000"), D("10")) == 1000


_steps = st.sampled_from([D("0.00001"), D("0.001"), D("0.1"), D(1), D(10)])


@given(
    notional=st.decimals(1_000, 100_000, places=2),
    price=st.decimals("0.01", 100_000, places=2),
    basis=st.decimals("-0.02", "0.02", places=4),
    fee=st.decimals(0, "0.002", places=5),
    long_step=_steps,
    short_step=_steps,
)
def test_both_legs_stay_within_the_notional_and_hedge_each_other_to_a_step(
    spot: Any, perpetual: Any, *, notional: D, price: D, basis: D, fee: D, long_step: D, short_step: D
) -> None:
    long, short = spot(quantity_step=long_step, taker_fee=fee), perpetual(quantity_step=short_step)
    found = opening_quantities(long, short, notional, price, price * (1 + basis))
    assert found.long * price <= notional
    assert found.short * price * (1 + basis) <= notional
    assert found.long % long_step == 0
    assert found.short % short_step == 0
    held = found.long * (1 - fee)
    assert held - found.short >= D("-1e-20")
    assert held - found.short < long_step


def test_closing_takes_what_is_held_down_to_each_step(
    spot: Callable[..., Instrument], perpetual: Callable[..., Instrument]
) -> None:
    held = LegQuantities(D("79.60107955"), D("79.601"))
    assert closing_quantities(spot(), perpetual(), held, None) == (D("79.6010"), D("79.601"))


def test_closing_into_a_thin_book_takes_the_same_of_both(
    spot: Callable[..., Instrument], perpetual: Callable[..., Instrument]
) -> None:
    held = LegQuantities(D("79.60107955"), D("79.601"))
    assert closing_quantities(spot(), perpetual(), held, D("12.34567")) == (D("12.3456"), D("12.345"))


def test_an_order_below_either_minimum_is_untradable(spot: Callable[..., Instrument]) -> None:
    rules = spot(min_quantity=D("0.01"), min_notional=D(5))
    assert untradable(rules, D("0.05"), D(100)) is None
    assert "minimum quantity" in str(untradable(rules, D("0.009"), D(1000)))
    assert "minimum notional" in str(untradable(rules, D("0.049"), D(100)))
    assert untradable(spot(min_quantity=D(0), min_notional=D(0)), D(0), D(100)) is not None


@given(
    st.decimals("0.001", "50", places=3),
    st.decimals("0", "0.05", places=4),
    st.decimals("0.01", "1", places=2),
    st.decimals("0.5", "1000", places=1),
)
def test_a_part_is_closed_of_both_legs_alike_or_all_of_it(
    short: Decimal, more: Decimal, share: Decimal, price: Decimal
) -> None:
    held = LegQuantities(short + more, short)
    found = part_to_close(spot_of(), perpetual_of(), held, share, (price, price))
    if found is None:
        assert short * share * price < 5 + price
        return
    assert 0 < found.short <= held.short
    assert 0 < found.long <= held.long
    if found.long == found.short:
        assert abs(found.short - short * share) <= D("0.0005") or found.short == short
    left = LegQuantities(held.long - found.long, held.short - found.short)
    closes_all = (found.long, found.short) == (held.long, held.short)
    assert closes_all or min(left) * price >= 5


def test_all_is_closed_where_what_is_left_could_not_be_traded() -> None:
    held = LegQuantities(D("10.0049"), D(10))
    assert part_to_close(spot_of(), perpetual_of(), held, D(1), (D(100), D(100))) == held
    assert part_to_close(spot_of(), perpetual_of(), held, D("0.996"), (D(100), D(100))) == held
    assert part_to_close(spot_of(), perpetual_of(), held, D("0.25"), (D(100), D(100))) == LegQuantities(
        D("2.5"), D("2.5")
    )
    assert part_to_close(spot_of(), perpetual_of(), held, D("0.0001"), (D(100), D(100))) is None
