import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poise_common.domain.net_yield import EntryYield, entry_yield, exit_premium, trade_through
from poise_common.domain.order_books import InsufficientDepth

FEES = 0.0020
BUFFER = 0.0003


def test_entry_is_the_basis_of_both_vwaps_less_fees_and_buffer() -> None:
    # $10,000 of spot: 50 at 100 take $5,000, the rest buys 5,000 / 100.10 = 49.950050
    #   VWAP = 10,000 / 99.950050 = 100.0499750
    # $10,000 of the future: 30 at 100.60 take $3,018, the rest sells 6,982 / 100.50 = 69.472637
    #   VWAP = 10,000 / 99.472637 = 100.5301589
    # basis = 0.4801839 / 100.0499750 = 0.0047994; net = 0.0047994 - 0.0020 - 0.0003 = 0.0024994
    found = entry_yield([(100, 50), (100.10, 1000)], [(100.60, 30), (100.50, 1000)], 10_000, FEES, BUFFER)
    assert isinstance(found, EntryYield)
    assert found.long_price == pytest.approx(100.0499750, abs=1e-6)
    assert found.short_price == pytest.approx(100.5301589, abs=1e-6)
    assert found.basis == pytest.approx(0.0047994, abs=1e-7)
    assert found.net_yield == pytest.approx(0.0024994, abs=1e-7)


def test_too_little_depth_on_either_side_is_a_value_and_not_a_yield() -> None:
    thin, deep = [(100.0, 10.0)], [(101.0, 1000.0)]
    assert entry_yield(thin, deep, 10_000, FEES, BUFFER) == InsufficientDepth(10_000, 1_000)
    assert entry_yield(deep, thin, 10_000, FEES, BUFFER) == InsufficientDepth(10_000, 1_000)


def test_exit_is_priced_on_the_other_sides_and_owes_no_fees() -> None:
    # 60 sold: 50 at 99.90 and 10 at 99.80 -> (4,995 + 998) / 60 = 99.883333
    # 60 bought back: all at 100.00; premium = 0.116667 / 99.883333 = 0.00116803
    found = exit_premium([(99.90, 50), (99.80, 100)], [(100.00, 60)], 60)
    assert found is not None
    assert found.long_price == pytest.approx(99.883333, abs=1e-6)
    assert found.short_price == pytest.approx(100.00)
    assert found.premium == pytest.approx(0.00116803, abs=1e-8)
    assert found.carried_quantity == 60


def test_an_exit_into_a_thin_book_is_priced_for_what_both_books_carry() -> None:
    found = exit_premium([(100.0, 5.0), (99.0, 5.0)], [(101.0, 4.0), (102.0, 2.0)], 60)
    assert found is not None
    assert found.carried_quantity == 6
    assert found.long_price == pytest.approx((5 * 100 + 99) / 6)
    assert found.short_price == pytest.approx((4 * 101 + 2 * 102) / 6)


def test_an_exit_into_an_empty_book_has_no_price() -> None:
    assert exit_premium([], [(101.0, 4.0)], 1) is None
    assert exit_premium([(101.0, 4.0)], [], 1) is None


_gaps = st.lists(st.tuples(st.floats(0.01, 5), st.floats(0.1, 500)), min_size=1, max_size=20)


def _asks(gaps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    price, levels = 100.0, []
    for gap, quantity in gaps:
        price += gap
        levels.append((price, quantity))
    return levels


def _bids(gaps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    price, levels = 100.0, []
    for gap, quantity in gaps:
        price *= 1 - gap / 100
        levels.append((price, quantity))
    return levels


@given(_gaps, _gaps, st.floats(1, 50_000), st.floats(1, 50_000))
def test_net_yield_never_rises_with_size(
    ask_gaps: list[tuple[float, float]], bid_gaps: list[tuple[float, float]], one_usd: float, other_usd: float
) -> None:
    asks, bids = _asks(ask_gaps), _bids(bid_gaps)
    small, large = sorted((one_usd, other_usd))
    of_small, of_large = entry_yield(asks, bids, small, FEES, BUFFER), entry_yield(asks, bids, large, FEES, BUFFER)
    if isinstance(of_small, InsufficientDepth):
        assert isinstance(of_large, InsufficientDepth)
    elif not isinstance(of_large, InsufficientDepth):
        assert of_large.net_yield <= of_small.net_yield + 1e-12


@given(_gaps, _gaps, st.floats(1, 50_000))
def test_entry_prices_lie_between_the_best_level_and_the_worst_that_was_touched(
    ask_gaps: list[tuple[float, float]], bid_gaps: list[tuple[float, float]], notional_usd: float
) -> None:
    asks, bids = _asks(ask_gaps), _bids(bid_gaps)
    found = entry_yield(asks, bids, notional_usd, FEES, BUFFER)
    assume(isinstance(found, EntryYield))
    assert isinstance(found, EntryYield)
    assert asks[0][0] * (1 - 1e-12) <= found.long_price <= asks[-1][0] * (1 + 1e-12)
    assert bids[-1][0] * (1 - 1e-12) <= found.short_price <= bids[0][0] * (1 + 1e-12)


@given(_gaps, st.floats(0.001, 20_000))
def test_trading_through_a_book_takes_no_more_than_there_is_nor_than_was_asked(
    gaps: list[tuple[float, float]], quantity: float
) -> None:
    levels = _asks(gaps)
    traded = trade_through(levels, quantity)
    assert traded is not None
    available = sum(size for _, size in levels)
    assert traded.quantity == pytest.approx(min(quantity, available))
    assert levels[0][0] * (1 - 1e-9) <= traded.price <= levels[-1][0] * (1 + 1e-9)
