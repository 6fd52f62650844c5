import json

import pytest

from poise_venues.dialects import Rejection
from poise_venues.okx.rejections import is_definite_refusal, is_order_not_found, is_order_not_open, read_rejection


def of_the_row(code: str, text: str = "no") -> str:
    return json.dumps({"code": "1", "data": [{"clOrdId": "t1", "ordId": "", "sCode": code, "sMsg": text}], "msg": ""})


def of_the_answer(code: str) -> str:
    return json.dumps({"code": code, "data": [], "msg": "no"})


@pytest.mark.parametrize("code", ["51000", "51008", "51020", "51121", "51169", "51022", "51028", "51006"])
def test_what_a_row_is_refused_with_proves_that_the_order_does_not_exist(code: str) -> None:
    rejection = read_rejection(200, of_the_row(code))
    assert rejection == Rejection(code, "no")
    assert is_definite_refusal(rejection)


@pytest.mark.parametrize(("status", "code"), [(429, "50011"), (200, "50036"), (401, "50113"), (400, "50014")])
def test_what_a_request_is_turned_away_with_does_too(status: int, code: str) -> None:
    rejection = read_rejection(status, of_the_answer(code))
    assert rejection is not None
    assert is_definite_refusal(rejection)


@pytest.mark.parametrize(
    "code", ["1", "2", "50001", "50004", "50005", "50013", "50026", "51054", "51149", "51011", "51016", "59999"]
)
def test_every_other_code_proves_nothing(code: str) -> None:
    for rejection in (read_rejection(200, of_the_answer(code)), read_rejection(200, of_the_row(code))):
        assert rejection is not None
        assert not is_definite_refusal(rejection)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, of_the_row("51008")),
        (503, of_the_answer("50036")),
        (200, of_the_answer("0")),
        (200, '{"code": 51008}'),
        (200, '{"code": ""}'),
        (200, "<html>"),
        (200, '{"code": "51'),
        (200, "[]"),
        (200, ""),
    ],
)
def test_what_is_no_readable_refusal_of_the_venue_is_none(status: int, text: str) -> None:
    assert read_rejection(status, text) is None


def test_of_several_rows_none_speaks_for_the_request() -> None:
    rows = [{"sCode": "51008", "sMsg": "no"}, {"sCode": "0", "sMsg": ""}]
    rejection = read_rejection(200, json.dumps({"code": "2", "data": rows, "msg": "partially"}))
    assert rejection == Rejection("2", "partially")


def test_only_one_code_says_not_found() -> None:
    assert is_order_not_found(Rejection("51603", "Order does not exist"))
    assert not is_order_not_found(Rejection("51001", "Instrument ID does not exist"))


@pytest.mark.parametrize("code", ["51400", "51401", "51402", "51410"])
def test_codes_that_say_that_there_is_nothing_left_to_cancel(code: str) -> None:
    assert is_order_not_open(Rejection(code, "no"))


@pytest.mark.parametrize("code", ["50001", "50004", "51149", "51404", "51603"])
def test_other_codes_leave_open_whether_an_order_is_open(code: str) -> None:
    assert not is_order_not_open(Rejection(code, "no"))
