"""Placing and cancelling orders over REST, and the dead man's switch."""

from __future__ import annotations

from poise_simulator.faults.targets import Target
from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Handler, Outcome, Rows
from poise_simulator.okx.errors import wrong
from poise_simulator.okx.order_entry import cancel, each, place
from poise_simulator.okx.rate_limits import RateLimit, Scope
from poise_simulator.okx.wire import millis

SWITCH_MIN_S, SWITCH_MAX_S = 10, 120


def place_all(call: Call) -> Outcome:
    """Answer `POST trade/order` and `POST trade/batch-orders`."""
    return each(call, place)


def cancel_all(call: Call) -> Outcome:
    """Answer `POST trade/cancel-order` and `POST trade/cancel-batch-orders`."""
    return each(call, cancel)


def cancel_all_after(call: Call) -> Rows:
    """Answer `POST trade/cancel-all-after`: all the account's orders end unless this is sent again in time."""
    seconds = call.parameters.integer("timeOut")
    if seconds != 0 and not SWITCH_MIN_S <= seconds <= SWITCH_MAX_S:
        raise wrong("timeOut")
    venue = call.venue
    venue.exchange.cancel_all_after(call.account_id, None, seconds * 1000)
    return [
        {
            "triggerTime": millis(venue.now_ms + seconds * 1000) if seconds else "0",
            "tag": "",
            "ts": millis(venue.now_ms),
        }
    ]


def _entry(path: str, requests: int, target: Target, handle: Handler, alone: Endpoint | None = None) -> Endpoint:
    limit = RateLimit(requests, Scope.USER_AND_INSTRUMENT)
    return Endpoint("POST", PREFIX + path, limit, handle, needs_trading=True, target=target, alone=alone)


PLACE = _entry("trade/order", 60, Target.ORDER_ENTRY, place_all)
PLACE_MANY = _entry("trade/batch-orders", 300, Target.ORDER_ENTRY, place_all, PLACE)
CANCEL = _entry("trade/cancel-order", 60, Target.CANCEL, cancel_all)
CANCEL_MANY = _entry("trade/cancel-batch-orders", 300, Target.CANCEL, cancel_all, CANCEL)

ENDPOINTS = (
    PLACE,
    PLACE_MANY,
    CANCEL,
    CANCEL_MANY,
    Endpoint(
        "POST",
        PREFIX + "trade/cancel-all-after",
        RateLimit(1, Scope.USER, period_s=1),
        cancel_all_after,
        needs_trading=True,
    ),
)
