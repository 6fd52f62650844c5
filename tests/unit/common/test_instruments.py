"""Trading rules: an order never grows by rounding."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.instruments import Instrument, InstrumentKind, Side

steps = st.sampled_from([Decimal(step) for step in ("0.00001", "0.001", "0.1", "1", "5", "100")])
amounts = st.decimals(min_value=0, max_value=10**7, allow_nan=False, allow_infinity=False, places=8)


def instrument(step: Decimal) -> Instrument:
    return Instrument(
        venue="paper",
        symbol="BTC/USDT",
        kind=InstrumentKind.SPOT,
        base="BTC",
        quote="USDT",
        settle="USDT",
        price_tick=step,
        quantity_step=step,
        min_quantity=step,
        min_notional=Decimal(5),
        taker_fee=Decimal("0.0005"),
        maker_fee=Decimal("0.0002"),
    )


@given(steps, amounts)
def test_a_rounded_quantity_is_on_the_step_and_never_larger(step: Decimal, quantity: Decimal) -> None:
    rounded = instrument(step).round_quantity(quantity)
    assert rounded % step == 0
    assert quantity - step < rounded <= quantity


@given(steps, amounts)
def test_a_rounded_price_is_on_the_tick_and_at_most_half_a_tick_off(step: Decimal, price: Decimal) -> None:
    rounded = instrument(step).round_price(price)
    assert rounded % step == 0
    assert abs(rounded - price) <= step / 2


def test_sides_are_each_others_opposite() -> None:
    assert Side.BUY.opposite is Side.SELL
    assert Side.SELL.opposite is Side.BUY
    assert Side.BUY.sign == -Side.SELL.sign == 1
