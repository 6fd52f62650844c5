"""What OKX says of an order or a fill is read whole, or not at all; contracts become base units."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.venues.okx.markets import okx

from poise_common.domain.instruments import Side
from poise_venues.okx.orders import read_order, read_taken, read_trade, record, records
from poise_venues.outcomes import Taken

UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError)
D = Decimal
SPOT_ORDER = {
    "instType": "SPOT",
    "instId": "BTC-USDT",
    "ordId": "312269865356374016",
    "clOrdId": "b1",
    "side": "buy",
    "state": "partially_filled",
    "sz": "2",
    "accFillSz": "0.5",
    "avgPx": "59958",
    "px": "60000",
    "tgtCcy": "",
    "cTime": "1597026383085",
}
SWAP_ORDER = SPOT_ORDER | {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "side": "sell",
    "state": "filled",
    "sz": "50",
    "accFillSz": "50",
}
SPOT_FILL = {
    "instType": "SPOT",
    "instId": "BTC-USDT",
    "tradeId": "123",
    "ordId": "312269865356374016",
    "billId": "1111",
    "fillPx": "60000.5",
    "fillSz": "0.5",
    "side": "buy",
    "feeCcy": "BTC",
    "fee": "-0.0005",
    "ts": "1597026383085",
}
SWAP_FILL = SPOT_FILL | {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "fillSz": "50",
    "feeCcy": "USDT",
    "side": "sell",
}
ORDER_WORDS = ("instId", "ordId", "clOrdId", "side", "state", "sz", "accFillSz", "avgPx")
FILL_WORDS = ("instId", "tradeId", "ordId", "fillPx", "fillSz", "side", "feeCcy", "fee", "ts")
JUNK: st.SearchStrategy[object] = st.sampled_from([None, "", "x", "NaN", "Infinity", {}, [], True, 1.5])


def test_an_order_is_told_in_base_units() -> None:
    spot = read_order(okx(), SPOT_ORDER, is_contract=False)
    assert (spot.symbol, spot.order_id, spot.client_order_id) == ("BTC/USDT", "312269865356374016", "b1")
    assert (spot.side, spot.terminal, spot.average_price) == (Side.BUY, False, 59958)
    assert (spot.quantity, spot.filled_quantity) == (2, D("0.5"))
    swap = read_order(okx(), SWAP_ORDER, is_contract=True)
    assert (swap.symbol, swap.side, swap.terminal) == ("BTC/USDT:USDT", Side.SELL, True)
    assert (swap.quantity, swap.filled_quantity) == (D("0.5"), D("0.5")), "50 contracts of 0.01"


def test_an_order_of_an_inverse_contract_is_worth_its_face_at_its_prices() -> None:
    """3 contracts of 100 dollars: 2 filled at 50,000 are 0.004 coins, the one left at 40,000 is 0.0025."""
    raw = SWAP_ORDER | {"instId": "BTC-USD-SWAP", "sz": "3", "accFillSz": "2", "avgPx": "50000", "px": "40000"}
    order = read_order(okx(), raw, is_contract=True)
    assert (order.filled_quantity, order.quantity) == (D("0.004"), D("0.0065"))


def test_an_order_that_has_not_filled_has_no_average_price() -> None:
    raw = SPOT_ORDER | {"accFillSz": "0", "avgPx": "", "state": "live"}
    order = read_order(okx(), raw, is_contract=False)
    assert (order.average_price, order.filled_quantity, order.terminal) == (None, 0, False)


def test_an_order_by_hand_has_no_client_id_and_one_by_its_cost_leaves_nothing_open() -> None:
    raw = SPOT_ORDER | {"clOrdId": "", "tgtCcy": "quote_ccy", "sz": "100", "px": "", "state": "filled"}
    order = read_order(okx(), raw, is_contract=False)
    assert (order.client_order_id, order.quantity) == ("", D("0.5"))


@pytest.mark.parametrize(
    ("fee", "told"), [("-0.0005", D("0.0005")), ("0.0001", D("-0.0001")), ("0", D(0)), ("-0", D(0))]
)
def test_a_fee_that_is_paid_is_positive_and_a_rebate_negative(fee: str, told: Decimal) -> None:
    assert read_trade(okx(), SPOT_FILL | {"fee": fee}, is_contract=False).fee == told


def test_a_fill_is_told_in_base_units() -> None:
    spot = read_trade(okx(), SPOT_FILL, is_contract=False)
    assert (spot.trade_id, spot.side, spot.quantity, spot.fee_currency) == ("123", Side.BUY, D("0.5"), "BTC")
    swap = read_trade(okx(), SWAP_FILL, is_contract=True)
    assert (swap.symbol, swap.side, swap.quantity, swap.price) == ("BTC/USDT:USDT", Side.SELL, D("0.5"), D("60000.5"))


@pytest.mark.parametrize("is_contract", [False, True])
def test_an_order_of_the_other_market_is_not_the_one_that_was_asked(is_contract: bool) -> None:
    with pytest.raises(ValueError, match="not of the market"):
        read_order(okx(), SPOT_ORDER if is_contract else SWAP_ORDER, is_contract=is_contract)


@pytest.mark.parametrize(
    ("state", "terminal"),
    [("live", False), ("partially_filled", False), ("filled", True), ("canceled", True), ("mmp_canceled", True)],
)
def test_a_state_says_whether_more_can_fill(state: str, terminal: bool) -> None:
    assert read_order(okx(), SPOT_ORDER | {"state": state}, is_contract=False).terminal is terminal


@pytest.mark.parametrize(
    ("read", "whole", "words", "is_contract"),
    [
        (read_order, SPOT_ORDER, ORDER_WORDS, False),
        (read_order, SWAP_ORDER, ORDER_WORDS, True),
        (read_trade, SPOT_FILL, FILL_WORDS, False),
        (read_trade, SWAP_FILL, FILL_WORDS, True),
    ],
)
def test_with_any_word_missing_nothing_is_read(
    read: Callable[..., object], whole: dict[str, object], words: tuple[str, ...], is_contract: bool
) -> None:
    for missing in words:
        with pytest.raises(UNREADABLE):
            read(okx(), {name: value for name, value in whole.items() if name != missing}, is_contract=is_contract)


@given(field=st.sampled_from(["side", "state", "sz", "accFillSz", "avgPx"]), junk=JUNK)
def test_with_a_word_that_makes_no_sense_nothing_is_read(field: str, junk: object) -> None:
    with pytest.raises(UNREADABLE):
        read_order(okx(), SWAP_ORDER | {field: junk}, is_contract=True)


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_what_is_left_of_an_order_is_the_same_in_contracts_and_base_units(left: int, filled: int) -> None:
    raw = SWAP_ORDER | {"sz": str(left + filled), "accFillSz": str(filled)}
    order = read_order(okx(), raw, is_contract=True)
    assert (order.quantity - order.filled_quantity) / D("0.01") == left


def test_a_taken_order_is_named_and_no_more() -> None:
    answer = {"code": "0", "msg": "", "data": [{"ordId": "7", "clOrdId": "t1", "sCode": "0", "sMsg": ""}]}
    assert read_taken(answer) == Taken(order_id="7", client_order_id="t1")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "",
        "<html>",
        {},
        {"code": "0"},
        {"code": "0", "data": None},
        {"code": "0", "data": []},
        {"code": "1", "data": [{"ordId": "7", "clOrdId": "t1", "sCode": "0"}]},
        {"code": "0", "data": [{"ordId": "7", "clOrdId": "t1", "sCode": "51008"}]},
        {"code": "0", "data": [{"ordId": "", "clOrdId": "t1", "sCode": "0"}]},
        {"code": "0", "data": [{"ordId": "7", "clOrdId": "t1"}]},
    ],
)
def test_what_does_not_say_that_an_order_was_taken_is_unreadable(answer: Any) -> None:
    with pytest.raises(UNREADABLE):
        read_taken(answer)


def test_an_answer_about_one_order_holds_one() -> None:
    assert records({"code": "0", "data": []}) == []
    with pytest.raises(ValueError, match="unpack"):
        record({"code": "0", "data": [{}, {}]})
