"""OKX's error codes, and which of them prove that an order does not exist.

A code is definite only where the venue says that the request was turned away. What a request about one order came to
is the code of its row (`sCode`); a code of the whole answer means that it never got that far. Source: the error code
page of the v5 API.

Deliberately not listed, although they are errors: 50001 (service unavailable), 50004 (endpoint request timed out, which
"does not indicate success or failure"), 50005 (offline), 50013 (system busy), 50026 (system error), 51054 and 51149
(request or order timed out), and whatever is not known here. 51011 and 51016 say that an order under this id does
exist: the opposite of a definite no.
"""

import json
from http import HTTPStatus
from typing import Any

from poise_venues.dialects import Rejection

_SUCCEEDED = "0"
_OF_THE_ROW = frozenset({"1", "2"})
_ORDER_NOT_FOUND = frozenset({"51603"})
_ORDER_NOT_OPEN = {
    "51400": "filled, cancelled or never there",
    "51401": "already cancelled",
    "51402": "already filled",
    "51410": "being cancelled",
}

_AT_THE_GATE = {
    "50000": "body empty",
    "50002": "body is no JSON",
    "50006": "content type",
    "50007": "account blocked",
    "50008": "user unknown",
    # "Rate limit reached": the limit is checked before anything is done.
    "50011": "too many requests",
    "50012": "account status invalid",
    "50014": "parameter empty",
    "50015": "one of two parameters required",
    "50016": "parameters do not match",
    "50017": "position frozen: auto-deleveraging",
    "50018": "currency frozen: auto-deleveraging",
    "50019": "account frozen: auto-deleveraging",
    "50020": "position frozen: liquidation",
    "50021": "currency frozen: liquidation",
    "50022": "account frozen: liquidation",
    "50024": "parameters exclude each other",
    "50025": "too many of a parameter",
    "50027": "account restricted from trading",
    "50028": "unable to take the order",
    # Our fence against late orders.
    "50036": "expTime earlier than the venue's time",
    "50061": "too many orders of the account",
    "50100": "API frozen",
    "50101": "key of another environment",
    "50102": "timestamp expired",
    "50103": "key missing",
    "50104": "passphrase missing",
    "50105": "passphrase wrong",
    "50106": "signature missing",
    "50107": "timestamp missing",
    "50110": "address not on the key's list",
    "50111": "key invalid",
    "50112": "timestamp invalid",
    "50113": "signature invalid",
    "50114": "authorisation invalid",
    "50115": "request method invalid",
    "50119": "key does not exist",
    "50120": "key lacks the permission",
}
_ORDERS = {
    "51000": "parameter wrong",
    "51001": "instrument does not exist",
    "51004": "beyond the tier's position limit",
    "51005": "order beyond the limit",
    "51006": "price out of the limits",
    "51007": "less than one contract",
    "51008": "balance or margin not sufficient",
    "51010": "not possible in this account mode",
    "51012": "token does not exist",
    "51014": "index does not exist",
    "51015": "instrument does not match its type",
    "51020": "quantity below the smallest",
    "51021": "contract pre-listed",
    "51022": "contract suspended",
    "51023": "position does not exist",
    "51024": "trading account blocked",
    "51025": "too many orders",
    "51027": "contract expired",
    "51028": "contract in delivery",
    "51029": "contract in settlement",
    "51030": "funding is being settled",
    "51031": "price out of the closing range",
    "51037": "risk: only orders that reduce",
    "51038": "risk: only orders that reduce",
    "51100": "quantity below the smallest",
    "51101": "order beyond the largest",
    "51102": "too many pending orders",
    "51103": "too many pending orders of the underlying",
    "51104": "pending quantity of the underlying beyond the limit",
    "51105": "position and orders of the contract beyond the limit",
    "51106": "position and orders of the underlying beyond the limit",
    "51107": "holding beyond the limit",
    "51109": "no offer",
    "51112": "closing more than there is",
    "51116": "price too far",
    "51119": "balance not sufficient",
    "51120": "quantity below the smallest",
    "51121": "quantity off the lot",
    "51122": "price below the smallest",
    "51124": "call auction",
    "51127": "balance is zero",
    "51129": "position limit reached",
    "51131": "balance not sufficient",
    "51136": "closing price out of the limits",
    "51137": "opening price above the limit",
    "51138": "opening price below the limit",
    "51155": "not available where the account is",
    "51169": "nothing to reduce in this direction",
    "51170": "reduce-only in the position's own direction",
    "51174": "too many pending orders",
    "51205": "reduce-only not available",
    "54008": "orders are cancelled in the mass",
    "54072": "contract may be looked at only",
}
_DEFINITE = frozenset(_AT_THE_GATE | _ORDERS)


def read_rejection(status: int, body: str) -> Rejection | None:
    """Read `{"code": …, "msg": …, "data": [{"sCode": …, "sMsg": …}]}`; the venue refuses with HTTP 200 too."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return None
    code = answer.get("code") if isinstance(answer, dict) else None
    if not isinstance(code, str) or code in {"", _SUCCEEDED}:
        return None
    data = answer.get("data")
    row = data[0] if code in _OF_THE_ROW and isinstance(data, list) and len(data) == 1 else None
    if isinstance(row, dict) and isinstance(row.get("sCode"), str) and row["sCode"] not in {"", _SUCCEEDED}:
        return Rejection(row["sCode"], str(row.get("sMsg", "")))
    return Rejection(code, str(answer.get("msg", "")))


def is_definite_refusal(rejection: Rejection) -> bool:
    """Say whether a new order so refused surely does not exist."""
    return rejection.code in _DEFINITE


def is_order_not_found(rejection: Rejection) -> bool:
    return rejection.code in _ORDER_NOT_FOUND


def is_order_not_open(rejection: Rejection) -> bool:
    return rejection.code in _ORDER_NOT_OPEN
