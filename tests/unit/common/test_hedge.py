from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.domain.hedge import ONE_TO_ONE, Hedge, LegQuantities
from poise_common.domain.hedged_quantities import closing_quantities, opening_quantities, part_to_close

D = Decimal
CLOSE = D("1e-18")

quantities = st.decimals(0, 100_000, places=6)
prices = st.decimals("0.01", 100_000, places=4)
ratios = st.decimals("0.0001", 10_000, places=8)
hedges = ratios.map(Hedge)


def nearly(one: D, other: D, scale: D) -> bool:
    return abs(one - other) <= CLOSE * max(scale, D(1))


@given(quantities, quantities, prices, prices, ratios)
def test_what_is_unhedged_in_usd_is_the_same_whichever_leg_is_called_short(
    long: D, short: D, long_price: D, short_price: D, ratio: D
) -> None:
    one = Hedge(ratio).residual_usd(long, short, (long_price, short_price))
    other = Hedge(1 / ratio).residual_usd(short, long, (short_price, long_price))
    assert nearly(one, -other, long * long_price + short * short_price + short / ratio * long_price)


@given(quantities, quantities, hedges, st.decimals("0.01", 100, places=2))
def test_scaling_both_legs_scales_what_is_unhedged_and_nothing_else(long: D, short: D, hedge: Hedge, times: D) -> None:
    scaled = hedge.residual(long * times, short * times)
    assert nearly(scaled, hedge.residual(long, short) * times, times * (long + hedge.long_for(short)))


@given(quantities, quantities)
def test_one_to_one_is_long_less_short(long: D, short: D) -> None:
    assert ONE_TO_ONE.residual(long, short) == long - short
    assert ONE_TO_ONE.excess(long, short) == (long - short, short - long)
    assert ONE_TO_ONE.matched(long, short) == (min(long, short), min(long, short))
    assert ONE_TO_ONE.covering(long, short) == (max(long, short), max(long, short))


@given(quantities, quantities, hedges)
def test_a_holding_is_what_hedges_each_other_and_what_one_leg_has_beyond_it(long: D, short: D, hedge: Hedge) -> None:
    matched, excess = hedge.matched(long, short), hedge.excess(long, short)
    assert nearly(hedge.residual(*matched), D(0), long + hedge.long_for(short))
    assert nearly(matched.long + max(excess.long, D(0)), long, long + hedge.long_for(short))
    assert nearly(matched.short + max(excess.short, D(0)), short, short + hedge.short_for(long))


@given(quantities, hedges, st.sampled_from([D("0.00001"), D("0.001"), D(1)]), st.sampled_from([D("0.0001"), D("0.1")]))
def test_rounding_to_steps_never_grows_a_leg_and_unhedges_by_no_more_than_the_finer_step(
    long: D, hedge: Hedge, long_step: D, short_step: D
) -> None:
    rounded = hedge.on_steps(long, long_step, short_step)
    assert rounded.long % long_step == 0
    assert rounded.short % short_step == 0
    assert 0 <= rounded.long <= long + CLOSE
    assert 0 <= rounded.short <= hedge.short_for(long) + CLOSE
    finer = min(long_step, hedge.long_for(short_step))
    assert abs(hedge.residual(*rounded)) <= finer + CLOSE * (1 + long)


@pytest.mark.parametrize("ratio", ["0", "-1", "NaN", "Infinity"])
def test_what_is_no_ratio_is_refused(ratio: str) -> None:
    with pytest.raises(ValueError, match="a number above zero passes"):
        Hedge(D(ratio))


@given(notional=st.decimals(1_000, 100_000, places=2), price=prices, ratio=ratios)
def test_an_opening_of_two_assets_stays_within_the_notional_and_hedges_itself_to_a_step(
    notional: D, price: D, ratio: D
) -> None:
    hedge, long, short = Hedge(ratio), perpetual_of("ETH"), perpetual_of("BTC")
    short_price = (price / ratio).quantize(D("0.00000001"))
    assume(short_price > 0)
    found = opening_quantities(long, short, notional, price, short_price, hedge=hedge)
    assert found.long * price <= notional
    assert found.short * short_price <= notional
    assert abs(hedge.residual(*found)) <= hedge.coarser_step(long.quantity_step, short.quantity_step) + CLOSE


def test_a_closing_of_two_assets_takes_what_the_thinner_book_carries_of_both() -> None:
    # 20 ETH are hedged by one BTC.
    hedge, held = Hedge(D("0.05")), LegQuantities(D(100), D(5))
    assert closing_quantities(perpetual_of("ETH"), perpetual_of("BTC"), held, D(30), hedge=hedge) == (D(30), D("1.5"))
    assert closing_quantities(perpetual_of("ETH"), perpetual_of("BTC"), held, None, hedge=hedge) == (D(100), D(5))


def test_a_part_of_two_assets_is_of_each_what_hedges_the_other() -> None:
    hedge, held = Hedge(D("0.05")), LegQuantities(D(100), D(5))
    part = part_to_close(perpetual_of("ETH"), perpetual_of("BTC"), held, D("0.5"), (D(100), D(2_000)), hedge=hedge)
    assert part == (D(50), D("2.5"))


def test_a_fee_in_the_base_leaves_what_the_short_of_another_asset_hedges() -> None:
    # room: min((8,000 / 100 - 0.0001) x 0.9995, 8,000 / 2,000 / 0.05 = 80) = 79.9599; short on its 0.001 step: 3.997,
    # which hedges 79.94; bought: 79.94 / 0.9995 = 79.97999 -> 79.98, of which 79.94001 are left
    found = opening_quantities(spot_of(), perpetual_of("BTC"), D(8_000), D(100), D(2_000), hedge=Hedge(D("0.05")))
    assert found == (D("79.98"), D("3.997"))
