"""Binance's error codes, and which of them prove that an order does not exist.

A code is definite only where the venue says that the request was turned away, and only in an answer below 500: of 5xx
the venue says that the execution status is unknown and may have been a success. Sources: the error code pages and the
HTTP return codes of the spot and the USD-margined futures API.

Deliberately not listed, although they are errors: -1000 (unknown error), -1001 (disconnected; internal error), -1006
(unexpected response, execution status unknown), -1007 (time-out, execution status unknown), -1008 (server busy), and
whatever is not known here.
"""

import json
from http import HTTPStatus
from typing import Any

from poise_venues.dialects import Rejection

_ORDER_NOT_FOUND = "-2013"
_CANCEL_REJECTED = "-2011"

_AT_THE_GATE = {
    "-1002": "not authorised to execute this request",
    # 429, and 418 for those who go on: "breaking a request rate limit"; the limit is checked before anything is done.
    "-1003": "too many requests",
    "-1014": "unsupported order combination",
    "-1015": "too many new orders: the order limit is checked before the order is passed on",
    "-1016": "this service is no longer available",
    "-1020": "this operation is not supported",
    # Checked on arrival and, on futures, at the matching engine again (-5028): our fence against late orders.
    "-1021": "timestamp outside of the receive window",
    "-1022": "signature not valid",
    "-2014": "API key format invalid",
    "-2015": "invalid API key, address or permissions",
}
_PARAMETERS = {
    "-1100": "illegal characters in a parameter",
    "-1101": "too many parameters",
    "-1102": "mandatory parameter missing or malformed",
    "-1103": "unknown parameter",
    "-1104": "not all parameters were read",
    "-1105": "parameter empty",
    "-1106": "parameter sent when not required",
    "-1108": "parameter overflowed",
    "-1111": "too much precision",
    "-1114": "time in force sent when not required",
    "-1115": "invalid time in force",
    "-1116": "invalid order type",
    "-1117": "invalid side",
    "-1118": "client order id empty",
    "-1121": "invalid symbol",
    "-1128": "combination of optional parameters invalid",
    "-1130": "invalid data for a parameter",
    "-1131": "receive window too long",
    "-1136": "invalid answer type",
}
_SPOT = {
    "-1013": "rejected by the API, did not reach the matching engine: filters",
    # The matching engine's own no (balance, closed market, post-only would take, …); duplicates excepted, see below.
    "-2010": "new order rejected",
}
_FUTURES = {
    "-1013": "invalid message",
    "-2010": "new order rejected",
    "-2018": "balance not sufficient",
    "-2019": "margin not sufficient",
    "-2020": "unable to fill",
    "-2021": "would trigger at once",
    "-2022": "reduce-only order rejected",
    "-2023": "account in liquidation",
    "-2024": "position not sufficient",
    "-2025": "open order limit reached",
    "-2026": "order type not supported for reduce-only",
    "-2027": "beyond the largest position at this leverage",
    "-2028": "leverage too high for the balance",
    "-4001": "price below zero",
    "-4002": "price above the largest",
    "-4003": "quantity not above zero",
    "-4004": "quantity below the smallest",
    "-4005": "quantity above the largest",
    "-4013": "price below the smallest",
    "-4014": "price off the tick",
    "-4015": "client order id too long",
    "-4016": "price above the multiplier cap",
    "-4023": "quantity off the step",
    "-4024": "price below the multiplier floor",
    "-4061": "position side does not match the account's mode",
    "-4087": "account may only reduce",
    "-4088": "account may not place orders now",
    "-4118": "reduce-only order conflicts with position and open orders",
    "-4131": "best price beyond the percent price filter",
    "-4140": "invalid symbol status for opening",
    "-4141": "symbol is closed",
    "-4164": "notional below the smallest",
    "-4183": "price above the stop multiplier cap",
    "-4184": "price below the stop multiplier floor",
    "-4192": "trading barred: cooling-off period",
    "-5021": "fill-or-kill could not be filled, rejected",
    "-5022": "post-only would take, rejected; not recorded in the order history",
    "-5028": "timestamp outside of the matching engine's receive window",
}
_DEFINITE_ON_SPOT = frozenset(_AT_THE_GATE | _PARAMETERS | _SPOT)
_DEFINITE_ON_FUTURES = frozenset(_AT_THE_GATE | _PARAMETERS | _FUTURES)
_DUPLICATE_TEXT = "duplicate"
"""A duplicate client id means that an order under this id does exist: the opposite of a definite no. On futures the
codes for it (-4111, -4116) are not listed."""


def read_rejection(status: int, body: str) -> Rejection | None:
    """Read `{"code": …, "msg": …}`; a 5xx answer is none, whatever it says: the venue calls those unknown."""
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        return None
    return Rejection(str(answer["code"]), str(answer.get("msg", "")))


def is_definite_refusal(rejection: Rejection, *, is_contract: bool) -> bool:
    """Say whether a new order so refused surely does not exist."""
    if _DUPLICATE_TEXT in rejection.text.lower():
        return False
    return rejection.code in (_DEFINITE_ON_FUTURES if is_contract else _DEFINITE_ON_SPOT)


def is_order_not_found(rejection: Rejection) -> bool:
    return rejection.code == _ORDER_NOT_FOUND


def is_order_not_open(rejection: Rejection) -> bool:
    return rejection.code == _CANCEL_REJECTED
