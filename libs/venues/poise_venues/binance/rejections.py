"""Binance's error codes, and which of them prove that an order does not exist."""

import json
from http import HTTPStatus
from typing import Any

from poise_venues.dialects import Rejection

_ORDER_NOT_FOUND = "-2013"

_DEFINITE = frozenset(
    {
        "-1002",  # not authorised for this request
        "-1003",  # too many requests: turned away before the order desk
        "-1013",  # a filter of the symbol (spot)
        "-1014",  # unknown order composition
        "-1015",  # too many orders
        "-1016",  # service shutting down
        "-1020",  # unsupported operation
        "-1021",  # timestamp outside the receive window
        "-1022",  # signature not valid
        "-2014",  # API key format
        "-2015",  # API key, address or permission
        "-2016",  # no trading window
        "-2018",  # balance not sufficient (futures)
        "-2019",  # margin not sufficient
        "-2020",  # unable to fill
        "-2021",  # would trigger at once
        "-2022",  # reduce-only refused
        "-2023",  # account in liquidation
        "-2024",  # position not sufficient
        "-2025",  # too many open orders
        "-2026",  # order type refused for reduce-only
        "-2027",  # beyond the position the leverage allows
        "-2028",  # leverage too high for the balance
        "-5021",  # fill-or-kill could not fill
        "-5022",  # post-only would take
        "-5028",  # timestamp outside the receive window, checked at the matching engine
    }
)
# -1100 … -1136: a parameter is missing or malformed; -4000 … -4199: filters and states of the futures order desk.
_DEFINITE_RANGES = (range(-1136, -1099), range(-4199, -3999))
# Duplicate client ids mean that an order under this id does exist: the opposite of a definite no.
_MEANS_IT_EXISTS = frozenset({"-4111", "-4116"})
_NEW_ORDER_REJECTED = "-2010"
_DUPLICATE_TEXT = "duplicate"


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


def is_definite_refusal(rejection: Rejection) -> bool:
    """Say whether an order so refused surely does not exist; -1006, -1007 and every unlisted code do not prove it."""
    if rejection.code in _MEANS_IT_EXISTS:
        return False
    if rejection.code == _NEW_ORDER_REJECTED:
        return _DUPLICATE_TEXT not in rejection.text.lower()
    return rejection.code in _DEFINITE or any(int(rejection.code) in codes for codes in _DEFINITE_RANGES)


def is_order_not_found(rejection: Rejection) -> bool:
    return rejection.code == _ORDER_NOT_FOUND
