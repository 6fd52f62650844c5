import json

import pytest

from poise_venues.binance.rejections import is_definite_refusal, is_order_not_found, read_rejection
from poise_venues.dialects import Rejection


def body(code: int, text: str = "no") -> str:
    return json.dumps({"code": code, "msg": text})


@pytest.mark.parametrize("code", [-1013, -1021, -1022, -1121, -2010, -2015, -2019, -2022, -4164, -5022])
def test_listed_codes_prove_that_the_order_does_not_exist(code: int) -> None:
    rejection = read_rejection(400, body(code))
    assert rejection is not None
    assert is_definite_refusal(rejection)


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007, -2013, -9999, 0])
def test_every_other_code_proves_nothing(code: int) -> None:
    rejection = read_rejection(400, body(code))
    assert rejection is not None
    assert not is_definite_refusal(rejection)


@pytest.mark.parametrize(
    "rejection", [Rejection("-2010", "Duplicate order sent."), Rejection("-4111", "x"), Rejection("-4116", "x")]
)
def test_a_duplicate_client_id_means_that_the_order_does_exist(rejection: Rejection) -> None:
    assert not is_definite_refusal(rejection)


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
