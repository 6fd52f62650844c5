"""What dated futures were delivered at, and would be."""

from __future__ import annotations

from itertools import groupby

from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.errors import wrong
from poise_simulator.okx.instruments import InstType, dated_id
from poise_simulator.okx.wire import millis, number


def estimated_price(call: Call) -> Rows:
    """Answer `public/estimated-price`: what a dated future would be delivered at now."""
    item = call.instrument
    if item.inst_type is not InstType.FUTURES:
        raise wrong("instId")
    estimate = call.venue.exchange.mark(item.listed.symbol).settle_estimate
    return [
        {
            "instType": item.inst_type.value,
            "instId": item.inst_id,
            "settlePx": number(estimate),
            "ts": millis(call.venue.now_ms),
        }
    ]


def delivery_history(call: Call) -> Rows:
    """Answer `public/delivery-exercise-history`: what a family's futures were delivered at, newest first."""
    parameters = call.parameters
    parameters.choice("instType", {InstType.FUTURES})
    family = parameters.text("instFamily")
    after, before = parameters.optional_integer("after"), parameters.optional_integer("before")
    delivered = [
        one
        for one in call.venue.exchange.deliveries(family.replace("-", ""))
        if (after is None or one.time_ms < after) and (before is None or one.time_ms > before)
    ]
    return [
        {
            "ts": millis(time_ms),
            "details": [
                {"insId": dated_id(family, time_ms), "px": number(one.price), "type": "delivery"} for one in together
            ],
        }
        for time_ms, together in groupby(delivered[: parameters.limit(100, 100)], key=lambda one: one.time_ms)
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    public("public/estimated-price", 10, estimated_price),
    public("public/delivery-exercise-history", 40, delivery_history),
)
