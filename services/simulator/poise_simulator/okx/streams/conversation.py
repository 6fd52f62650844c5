"""One connection: pings, subscriptions, and what else a client may ask for on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from poise_simulator.okx.streams.channels import Socket, SubscriptionError, Topic, parse_topic
from poise_simulator.okx.streams.dispatch import Dispatch
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.connection import Connection
from poise_simulator.protocol.fan_out import Listener
from poise_simulator.protocol.keys import ApiKey
from poise_simulator.protocol.windows import Window, WindowCounter

HOUR_MS = 3_600_000

Request = Mapping[str, object]
Operation = Callable[["Conversation", Request], None]
"""Carry out one `op` and send what the venue answers."""


class Conversation:
    """Answer one connection's requests and carry its subscriptions. `key` is there once it has logged in."""

    def __init__(
        self,
        socket: Socket,
        venue: OkxVenue,
        dispatch: Dispatch,
        connection: Connection,
        *,
        address: str,
        connection_id: str,
        requests_per_hour: int,
        operations: Mapping[str, Operation],
    ) -> None:
        """Begin without subscriptions; `operations` are those beside subscribe and unsubscribe."""
        self.socket = socket
        self.venue = venue
        self.address = address
        self.connection_id = connection_id
        self.key: ApiKey | None = None
        self._dispatch = dispatch
        self._connection = connection
        self._listener: Listener[Topic] = Listener(lambda _, payload: connection.send(payload), connection.drop)
        self._requests = WindowCounter(Window("requests", HOUR_MS, requests_per_hour))
        self._operations = operations

    @property
    def account_id(self) -> str | None:
        """Return the account that the connection has logged in to."""
        return None if self.key is None else self.key.account_id

    def handle(self, text: str) -> None:
        """Answer one message."""
        if text == "ping":
            self._connection.send(b"pong")
            return
        request = _parse(text)
        op = request.get("op") if request is not None else None
        if request is None or not isinstance(op, str):
            self.refuse(60012, f"Illegal request: {text}")
        elif op in {"subscribe", "unsubscribe"}:
            if self.count_request(request):
                self._change(op, request, text)
        elif op in self._operations:
            self._operations[op](self, request)
        else:
            self.refuse(60012, f"Illegal request: {text}", request)

    def end(self) -> None:
        """Give up all subscriptions."""
        self._dispatch.drop(self._listener)

    def send(self, message: object) -> None:
        """Send one message to this connection alone."""
        self._connection.send(orjson.dumps(message))

    def refuse(self, code: int, message: str, request: Request | None = None) -> None:
        """Send an error event."""
        self._tell({"event": "error", "code": str(code), "msg": message}, request)

    def count_request(self, request: Request) -> bool:
        """Count a subscribe, unsubscribe or login; sends 60014 and returns false for one too many in the hour."""
        used = self._requests.add(1, self.venue.engine_ms)
        if used > self._requests.window.allowed:
            self.refuse(60014, "Requests too frequent", request)
            return False
        return True

    def _change(self, op: str, request: Request, text: str) -> None:
        args = request.get("args")
        if not isinstance(args, list) or not args or not all(isinstance(arg, dict) for arg in args):
            self.refuse(60012, f"Illegal request: {text}", request)
            return
        for arg in args:
            try:
                topic = parse_topic(self.venue, self.socket, arg, self.account_id)
            except SubscriptionError as error:
                self.refuse(error.code, error.message, request)
                continue
            self._tell({"event": op, "arg": arg}, request)
            if op == "subscribe":
                self._dispatch.subscribe(self._listener, topic)
            else:
                self._dispatch.unsubscribe(self._listener, topic)

    def _tell(self, event: dict[str, object], request: Request | None) -> None:
        if request is not None and isinstance(request.get("id"), str):
            event["id"] = request["id"]
        self.send({**event, "connId": self.connection_id})


def _parse(text: str) -> Request | None:
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return request if isinstance(request, dict) else None
