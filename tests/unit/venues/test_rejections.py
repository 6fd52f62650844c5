import json

import pytest

from poise_venues.binance.rejections import (
    is_definite_refusal,
    is_order_not_found,
    is_order_not_open,
    read_rejection,
)
from poise_venues.dialects import Rejection


def body(code: int, text: str = "no") -> str:
    return json.dumps({"code": code, "msg": text})


ON_BOTH = (-1002, -1003, -1015, -1021, -1022, -1102, -1111, -1121, -2010, -2015)


@pytest.mark.parametrize("is_contract", [False, True])
@pytest.mark.parametrize("code", ON_BOTH)
def test_listed_codes_prove_that_the_order_does_not_exist(code: int, is_contract: bool) -> None:
    rejection = read_rejection(400, body(code))
    assert rejection is not None
    assert is_definite_refusal(rejection, is_contract=is_contract)


@pytest.mark.parametrize("code", [-2019, -2022, -4003, -4131, -4141, -4164, -5022, -5028])
def test_a_code_of_the_futures_market_means_nothing_on_spot(code: int) -> None:
    rejection = Rejection(str(code), "no")
    assert is_definite_refusal(rejection, is_contract=True)
    assert not is_definite_refusal(rejection, is_contract=False)


@pytest.mark.parametrize("is_contract", [False, True])
@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007, -1008, -2011, -2013, -4111, -4116, -4199, -9999, 0])
def test_every_other_code_proves_nothing(code: int, is_contract: bool) -> None:
    rejection = read_rejection(400, body(code))
    assert rejection is not None
    assert not is_definite_refusal(rejection, is_contract=is_contract)


@pytest.mark.parametrize("is_contract", [False, True])
@pytest.mark.parametrize("text", ["Duplicate order sent.", "ClientOrderId is duplicated."])
def test_a_duplicate_client_id_means_that_the_order_does_exist(text: str, is_contract: bool) -> None:
    assert not is_definite_refusal(Rejection("-2010", text), is_contract=is_contract)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, body(-1013)),
        (503, body(-2010)),
        (200, body(-2010)),
        (400, "<html>bad gateway</html>"),
        (400, '{"code": -20'),
        (400, "[]"),
        (400, '{"msg": "no code"}'),
        (400, '{"code": "-2010"}'),
        (400, ""),
    ],
)
def test_what_is_no_readable_refusal_of_the_venue_is_none(status: int, text: str) -> None:
    assert read_rejection(status, text) is None


def test_only_one_code_says_not_found() -> None:
    assert is_order_not_found(Rejection("-2013", "Order does not exist."))
    assert not is_order_not_found(Rejection("-2011", "Unknown order sent."))


def test_only_one_code_says_that_there_is_nothing_to_cancel() -> None:
    assert is_order_not_open(Rejection("-2011", "Unknown order sent."))
    assert not is_order_not_open(Rejection("-2013", "Order does not exist."))
