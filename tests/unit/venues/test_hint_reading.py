from typing import Any

import pytest

from poise_venues.binance.account_streams import hint_of
from poise_venues.hints import AccountHint, HintReason


class Markets:
    """Knows symbols by the venue's id and the kind of market."""

    def safe_market(self, market_id: str, _market: None, _delimiter: None, kind: str) -> dict[str, Any]:
        return {"symbol": f"{market_id} {kind}"}


def order(**words: object) -> dict[str, object]:
    return {"e": "executionReport", "s": "ETHUSDT", "c": "t1", "C": "", "i": 7, **words}


def test_an_order_is_named_by_its_own_client_id() -> None:
    hint = hint_of(Markets(), order())
    assert hint == AccountHint(reason=HintReason.ORDER, symbol="ETHUSDT spot", client_order_id="t1", order_id="7")


def test_a_cancelled_order_is_named_by_its_own_client_id_not_that_of_the_cancel() -> None:
    hint = hint_of(Markets(), order(c="cancel7", C="t1"))
    assert hint is not None
    assert hint.client_order_id == "t1"


def test_an_order_of_the_futures_market_is_told_apart() -> None:
    hint = hint_of(Markets(), {"e": "ORDER_TRADE_UPDATE", "o": {"s": "ETHUSDT", "c": "autoclose-1", "i": 9}})
    assert hint == AccountHint(
        reason=HintReason.ORDER, symbol="ETHUSDT contract", client_order_id="autoclose-1", order_id="9"
    )


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"e": "ACCOUNT_UPDATE", "a": {"m": "FUNDING_FEE"}}, HintReason.FUNDING),
        ({"e": "ACCOUNT_UPDATE", "a": {"m": "DEPOSIT"}}, HintReason.BALANCE),
        ({"e": "ACCOUNT_UPDATE", "a": {"m": "INSURANCE_CLEAR"}}, HintReason.BALANCE),
        ({"e": "balanceUpdate"}, HintReason.BALANCE),
        ({"e": "externalLockUpdate"}, HintReason.BALANCE),
    ],
)
def test_money_that_moves_for_no_order_is_a_reason_to_ask(event: dict[str, Any], reason: HintReason) -> None:
    assert hint_of(Markets(), event) == AccountHint(reason=reason)


@pytest.mark.parametrize("event", [{"e": "ACCOUNT_UPDATE", "a": {"m": "ORDER"}}, {"e": "outboundAccountPosition"}])
def test_what_an_order_event_says_already_is_not_said_again(event: dict[str, Any]) -> None:
    assert hint_of(Markets(), event) is None
