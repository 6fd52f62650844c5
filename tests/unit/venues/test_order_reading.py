"""What the venue says of an order or a fill is read whole, or not at all."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.instruments import Side
from poise_venues.answers import decimal, rows, text
from poise_venues.binance.orders import read_order, read_trade

UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError)
"""What `Session.reaching` turns into VenueUnreachable."""
SPOT_ORDER = {
    "symbol": "ETHUSDT",
    "orderId": 7,
    "clientOrderId": "t1",
    "side": "BUY",
    "status": "PARTIALLY_FILLED",
    "origQty": "2.0",
    "executedQty": "0.5",
    "cummulativeQuoteQty": "1000.0",
}
FUTURES_ORDER = {
    "symbol": "ETHUSDT",
    "orderId": 8,
    "clientOrderId": "t2",
    "side": "SELL",
    "status": "FILLED",
    "origQty": "3",
    "executedQty": "3",
    "avgPrice": "2001.5",
}
SPOT_TRADE = {
    "symbol": "ETHUSDT",
    "id": 1,
    "orderId": 7,
    "price": "2000.0",
    "qty": "0.5",
    "commission": "0.0005",
    "commissionAsset": "ETH",
    "time": 1_700_000_000_000,
    "isBuyer": True,
}
FUTURES_TRADE = {**SPOT_TRADE, "buyer": False, "commissionAsset": "USDT"}
JUNK: st.SearchStrategy[object] = st.sampled_from([None, "", "x", "NaN", "Infinity", {}, [], True, 1.5])


class Markets:
    """An asset with a spot market and a perpetual of ten units a contract, which the venue calls the same."""

    def safe_market(self, _market_id: str, _market: None, _delimiter: None, kind: str) -> dict[str, Any]:
        if kind == "spot":
            return {"symbol": "ETH/USDT", "contract": False, "contractSize": None}
        return {"symbol": "ETH/USDT:USDT", "contract": True, "contractSize": Decimal(10)}

    def safe_currency_code(self, currency_id: str) -> str:
        return currency_id


def test_an_order_is_told_in_base_units_of_its_own_market() -> None:
    spot = read_order(Markets(), SPOT_ORDER, is_contract=False)
    assert (spot.symbol, spot.order_id, spot.side, spot.terminal) == ("ETH/USDT", "7", Side.BUY, False)
    assert (spot.quantity, spot.filled_quantity, spot.average_price) == (2, Decimal("0.5"), 2000)
    contract = read_order(Markets(), FUTURES_ORDER, is_contract=True)
    assert (contract.symbol, contract.side, contract.terminal) == ("ETH/USDT:USDT", Side.SELL, True)
    assert (contract.quantity, contract.filled_quantity, contract.average_price) == (30, 30, Decimal("2001.5"))


def test_a_fill_is_told_in_base_units_of_its_own_market() -> None:
    spot = read_trade(Markets(), SPOT_TRADE, is_contract=False)
    assert (spot.side, spot.quantity, spot.fee, spot.fee_currency) == (
        Side.BUY,
        Decimal("0.5"),
        Decimal("0.0005"),
        "ETH",
    )
    contract = read_trade(Markets(), FUTURES_TRADE, is_contract=True)
    assert (contract.side, contract.quantity, contract.fee_currency) == (Side.SELL, 5, "USDT")


@pytest.mark.parametrize(
    ("status", "terminal"),
    [
        ("NEW", False),
        ("PARTIALLY_FILLED", False),
        ("PENDING_CANCEL", False),
        ("FILLED", True),
        ("CANCELED", True),
        ("REJECTED", True),
        ("EXPIRED", True),
        ("EXPIRED_IN_MATCH", True),
    ],
)
def test_a_status_says_whether_more_can_fill(status: str, terminal: bool) -> None:
    assert read_order(Markets(), {**SPOT_ORDER, "status": status}, is_contract=False).terminal is terminal


@pytest.mark.parametrize(
    ("read", "whole", "is_contract"),
    [
        (read_order, SPOT_ORDER, False),
        (read_order, FUTURES_ORDER, True),
        (read_trade, SPOT_TRADE, False),
        (read_trade, {name: value for name, value in FUTURES_TRADE.items() if name != "isBuyer"}, True),
    ],
)
@given(data=st.data())
def test_with_any_word_missing_nothing_is_read(
    read: Callable[..., object], whole: dict[str, object], is_contract: bool, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(whole)))
    with pytest.raises(UNREADABLE):
        read(Markets(), {name: value for name, value in whole.items() if name != field}, is_contract=is_contract)


@given(field=st.sampled_from(["side", "status", "origQty", "executedQty", "avgPrice"]), junk=JUNK)
def test_with_a_word_that_makes_no_sense_nothing_is_read(field: str, junk: object) -> None:
    with pytest.raises(UNREADABLE):
        read_order(Markets(), {**FUTURES_ORDER, field: junk}, is_contract=True)


@pytest.mark.parametrize("answer", [None, "", "<html>", {}, {"code": -1000}, True])
def test_what_is_no_list_is_not_an_empty_one(answer: object) -> None:
    with pytest.raises(TypeError):
        rows(answer)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_stay_exact(number: Decimal) -> None:
    assert decimal({"n": str(number)}, "n") == number


@pytest.mark.parametrize("value", [None, "", True, 1.5, [], {}])
def test_what_is_neither_text_nor_a_whole_number_is_no_word(value: object) -> None:
    with pytest.raises(UNREADABLE):
        text({"word": value}, "word")
