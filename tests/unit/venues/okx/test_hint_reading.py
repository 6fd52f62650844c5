from typing import Any

import pytest
from tests.unit.venues.okx.markets import okx

from poise_venues.hints import AccountHint, HintReason
from poise_venues.okx.account_streams import hints_of


def about_balances(event_type: str) -> dict[str, Any]:
    return {"arg": {"channel": "balance_and_position"}, "data": [{"eventType": event_type, "balData": []}]}


def test_each_order_of_a_message_is_named() -> None:
    rows = [
        {"instId": "BTC-USDT-SWAP", "ordId": "7", "clOrdId": "t1"},
        {"instId": "BTC-USDT", "ordId": "8", "clOrdId": ""},
    ]
    assert list(hints_of(okx(), {"arg": {"channel": "orders"}, "data": rows})) == [
        AccountHint(reason=HintReason.ORDER, symbol="BTC/USDT:USDT", client_order_id="t1", order_id="7"),
        AccountHint(reason=HintReason.ORDER, symbol="BTC/USDT", client_order_id=None, order_id="8"),
    ]


@pytest.mark.parametrize(
    ("event_type", "reason"),
    [
        ("funding_fee", HintReason.FUNDING),
        ("transferred", HintReason.BALANCE),
        ("liquidation", HintReason.BALANCE),
        ("adl", HintReason.BALANCE),
        ("delivered", HintReason.BALANCE),
    ],
)
def test_money_that_moves_for_no_order_is_a_reason_to_ask(event_type: str, reason: HintReason) -> None:
    assert list(hints_of(okx(), about_balances(event_type))) == [AccountHint(reason=reason)]


@pytest.mark.parametrize("event_type", ["snapshot", "filled"])
def test_what_is_there_at_first_or_an_order_says_is_not_said_again(event_type: str) -> None:
    assert list(hints_of(okx(), about_balances(event_type))) == []
