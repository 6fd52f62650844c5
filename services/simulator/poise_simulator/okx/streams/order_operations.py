"""Orders placed and cancelled over the private WebSocket: the REST endpoints by other names, limits included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from poise_simulator.okx.endpoint import Call, Endpoint, Outcome
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.gate import answer, charge, require_in_time, require_permission
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.streams.channels import Socket
from poise_simulator.okx.streams.conversation import Conversation, Operation, Request
from poise_simulator.okx.streams.login import log_in
from poise_simulator.okx.trading import CANCEL, CANCEL_MANY, PLACE, PLACE_MANY

_ENDPOINTS = {
    "order": PLACE,
    "batch-orders": PLACE_MANY,
    "cancel-order": CANCEL,
    "batch-cancel-orders": CANCEL_MANY,
}


def run(endpoint: Endpoint, conversation: Conversation, request: Request) -> None:
    """Answer an order operation under the request's id."""
    received_us = conversation.venue.now_ms * 1000
    try:
        outcome = _outcome(endpoint, conversation, request)
    except OkxError as error:
        outcome = Outcome(list(error.rows), str(error.code), error.message)
    conversation.send(
        {
            "id": request.get("id", ""),
            "op": request["op"],
            **outcome.body(),
            "inTime": str(received_us),
            "outTime": str(conversation.venue.now_ms * 1000),
        }
    )


def _outcome(endpoint: Endpoint, conversation: Conversation, request: Request) -> Outcome:
    venue, key, args = conversation.venue, conversation.key, request.get("args")
    if key is None:
        raise OkxError(60011, "Please log in")
    if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
        raise OkxError(60013, "Invalid args")
    rows = [Parameters(arg) for arg in args]
    require_permission(endpoint, key)
    require_in_time(endpoint, Parameters(request).optional_text("expTime"), venue.now_ms)
    charge(venue, endpoint, conversation.address, key, rows)
    answered = answer(endpoint, Call(venue, rows, conversation.address, key))
    if not isinstance(answered, Outcome):
        raise AssertionError(f"{endpoint.path} answers orders row by row")
    return answered


OPERATIONS: Mapping[Socket, Mapping[str, Operation]] = {
    Socket.PUBLIC: {},
    Socket.BUSINESS: {"login": log_in},
    Socket.PRIVATE: {"login": log_in, **{name: partial(run, endpoint) for name, endpoint in _ENDPOINTS.items()}},
}
"""What each address answers beside subscriptions."""
