"""What a fill does to an account by kind of instrument, and whose loss a difference is."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.execution.account_model import AccountModel
from tests.unit.execution.messages import PERPETUAL, SPOT

from poise_common.contracts.execution import DifferenceKind, VenueBalance, VenuePosition
from poise_common.contracts.packages import PackageState
from poise_common.domain.instruments import InstrumentKind, Side
from poise_execution.domain.packages import Package
from poise_execution.domain.reconciliation.accounting import (
    Change,
    Item,
    Trade,
    changes_of,
    held_item,
    is_held_in,
    is_paid_from,
    items_read,
    pooled,
)
from poise_execution.domain.reconciliation.attribution import packages_after

D = Decimal
SPOT_ETH = Item("paper", "spot", DifferenceKind.BALANCE, "ETH")
SPOT_USDT = Item("paper", "spot", DifferenceKind.BALANCE, "USDT")
FUTURES_USDT = Item("paper", "futures", DifferenceKind.BALANCE, "USDT")
POSITION = Item("paper", "futures", DifferenceKind.POSITION, PERPETUAL.symbol)
INVERSE = PERPETUAL.model_copy(
    update={"symbol": "ETH/USD:ETH", "kind": InstrumentKind.INVERSE_PERPETUAL, "quote": "USD", "settle": "ETH"}
)


def summed(changes: tuple[Change, ...]) -> dict[Item, Decimal]:
    total: dict[Item, Decimal] = {}
    for change in changes:
        total[change.item] = total.get(change.item, D(0)) + change.quantity
    return total


def test_a_spot_purchase_moves_base_and_quote_and_its_fee_the_currency_it_is_paid_in() -> None:
    trade = Trade(Side.BUY, D(2), D(100), D("0.002"), "ETH")
    assert summed(changes_of(SPOT, trade)) == {SPOT_ETH: D("1.998"), SPOT_USDT: D(-200)}


def test_a_derivative_sale_moves_the_position_and_the_wallet_by_its_full_value() -> None:
    trade = Trade(Side.SELL, D(2), D(100), D("0.1"), "USDT")
    assert summed(changes_of(PERPETUAL, trade)) == {POSITION: D(-2), FUTURES_USDT: D("199.9")}


def test_a_venue_with_one_wallet_has_its_positions_cost_in_it() -> None:
    balance = VenueBalance(wallet="unified", currency="USDT", total=D(1_000))
    held = VenuePosition(
        symbol=PERPETUAL.symbol,
        quantity=D(-2),
        entry_price=D(100),
        mark_price=D(100),
        unrealised_pnl_usd=D(0),
        liquidation_price=None,
    )
    read = items_read("paper", (balance,), (held,))
    assert read == {pooled(FUTURES_USDT): D(1_200), POSITION: D(-2)}
    sold = changes_of(PERPETUAL, Trade(Side.SELL, D(2), D(100), D(0), "USDT"))
    assert read == {pooled(FUTURES_USDT): D(1_000) + summed(sold)[FUTURES_USDT], POSITION: summed(sold)[POSITION]}


@pytest.mark.parametrize("item", [SPOT_ETH, pooled(SPOT_ETH)])
def test_spot_is_held_in_its_balance_wherever_its_venue_keeps_that(item: Item) -> None:
    assert is_held_in(SPOT, item)
    assert not is_held_in(PERPETUAL, item)
    assert is_paid_from(SPOT, item._replace(name="USDT"))


def test_an_inverse_contract_costs_its_base_quantity() -> None:
    trade = Trade(Side.BUY, D(2), D(100), D("0.001"), "ETH")
    wallet = Item("paper", "futures", DifferenceKind.BALANCE, "ETH")
    assert summed(changes_of(INVERSE, trade)) == {held_item(INVERSE): D(2), wallet: D("1.999")}
    held = VenuePosition(
        symbol=INVERSE.symbol,
        quantity=D(2),
        entry_price=D(100),
        mark_price=D(100),
        unrealised_pnl_usd=D(0),
        liquidation_price=None,
    )
    assert items_read("paper", (), (held,))[wallet] == D(2)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Side)), st.integers(1, 5_000), st.integers(9_000, 11_000)),
        min_size=1,
        max_size=30,
    )
)
def test_no_order_of_fills_and_realised_profits_moves_a_derivatives_wallet_from_its_books(
    fills: list[tuple[Side, int, int]],
) -> None:
    account, booked = AccountModel(), {FUTURES_USDT: D(0), POSITION: D(0)}
    for side, lots, ticks in fills:
        quantity, price = D(lots) / 1_000, D(ticks) / 100
        account.trade(PERPETUAL, side, quantity, price, fee=D("0.01"))
        for change in changes_of(PERPETUAL, Trade(side, quantity, price, D("0.01"), "USDT")):
            booked[change.item] += change.quantity
    figures = account.figures()
    read = items_read("paper", figures.balances, figures.positions)
    assert read.get(POSITION, D(0)) == booked[POSITION]
    assert abs(read[FUTURES_USDT] - booked[FUTURES_USDT]) < D("0.0001")


def package(number: int, held: str) -> Package:
    return Package(
        package_id=UUID(int=number),
        strategy="funding_carry",
        asset="ETH",
        state=PackageState.OPEN,
        long_instrument=SPOT,
        short_instrument=PERPETUAL,
        long_held=D(held),
        short_held=D(held),
    )


SMALL, LARGE = package(1, "3"), package(2, "10")


@pytest.mark.parametrize(
    ("item", "held", "change", "left"),
    [
        pytest.param(POSITION, "-13", "4", {2: ("10", "6")}, id="the largest holder loses first"),
        pytest.param(POSITION, "-13", "12", {1: ("3", "1"), 2: ("10", "0")}, id="then the next"),
        pytest.param(POSITION, "-13", "20", {1: ("3", "0"), 2: ("10", "0")}, id="and no more than all"),
        pytest.param(POSITION, "-13", "-4", {}, id="a gain belongs to nobody"),
        pytest.param(POSITION, "-15", "2", {}, id="what was nobody's goes first"),
        pytest.param(SPOT_ETH, "13", "-5", {2: ("5", "10")}, id="a spot loss is the long legs'"),
        pytest.param(SPOT_ETH, "20", "-8", {2: ("9", "10")}, id="beyond what was held beside the packages"),
        pytest.param(SPOT_ETH, "13", "5", {}, id="a spot gain is nobody's"),
        pytest.param(SPOT_USDT, "100", "-50", {}, id="money is nobody's"),
    ],
)
def test_a_loss_is_taken_from_the_packages_that_hold_the_item(
    item: Item, held: str, change: str, left: dict[int, tuple[str, str]]
) -> None:
    losers = packages_after((SMALL, LARGE), (Change(item, D(change)),), {item: D(held)})
    assert {each.package_id.int: (each.long_held, each.short_held) for each in losers} == {
        number: (D(long), D(short)) for number, (long, short) in left.items()
    }


def test_both_legs_may_lose_at_once() -> None:
    changes = (Change(POSITION, D(10)), Change(SPOT_ETH, D(-10)))
    (loser,) = packages_after((LARGE,), changes, {POSITION: D(-10), SPOT_ETH: D(10)})
    assert loser == replace(LARGE, long_held=D(0), short_held=D(0))
