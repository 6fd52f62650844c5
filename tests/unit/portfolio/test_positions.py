from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_portfolio.domain.ledger.positions import FLAT, Position
from poise_simulator.domain.wallets import OpenPosition

D = Decimal
lots = st.integers(-50, 50).filter(bool).map(lambda steps: D(steps) / 1000)
prices = st.integers(1, 10**7).map(lambda ticks: D(ticks) / 100)
trades = st.lists(st.tuples(lots, prices), max_size=30)


def test_average_cost_by_hand() -> None:
    # 2 at 100 and 1 at 130: 330 / 3 = 110; one sold at 120 realises 10, and the other two still cost 110 each
    position, realised = FLAT.traded(D(2), D(100))
    assert realised == 0
    position, realised = position.traded(D(1), D(130))
    assert (position.entry_price, realised) == (D(110), D(0))
    position, realised = position.traded(D(-1), D(120))
    assert (position, realised) == (Position(D(2), D(220)), D(10))
    assert position.unrealised_pnl(D(115)) == D(10)


def test_a_short_earns_as_the_price_falls() -> None:
    position, _ = FLAT.traded(D(-3), D(50))
    position, realised = position.traded(D(1), D(40))
    assert realised == D(10)
    assert (position.quantity, position.entry_price) == (D(-2), D(50))


def test_a_trade_through_flat_realises_the_old_and_opens_the_new_at_its_price() -> None:
    position, _ = FLAT.traded(D(2), D(100))
    position, realised = position.traded(D(-5), D(110))
    assert realised == D(20)
    assert position == Position(D(-3), D(-330))


@given(trades)
def test_cash_paid_in_is_what_was_realised_and_what_is_still_held(done: list[tuple[Decimal, Decimal]]) -> None:
    position, realised, cash = FLAT, D(0), D(0)
    for quantity, price in done:
        position, gain = position.traded(quantity, price)
        realised += gain
        cash -= quantity * price
    assert abs(cash - (realised - position.cost)) < D("1e-15")
    assert position.quantity or not position.cost


@given(trades)
def test_positions_are_netted_as_the_venue_nets_them(done: list[tuple[Decimal, Decimal]]) -> None:
    ours, venue = FLAT, OpenPosition()
    for quantity, price in done:
        ours, gain = ours.traded(quantity, price)
        assert gain == pytest.approx(venue.apply(quantity, price, 0), abs=D("1e-7"))
        assert ours.quantity == venue.quantity
        assert ours.entry_price == pytest.approx(venue.entry_price, abs=D("1e-3"))
