"""The subscriptions of one stream connection, and the requests that change them."""

from __future__ import annotations

import orjson

from poise_simulator.binance.streams.hub import Hub, Session
from poise_simulator.binance.streams.names import parse_topic
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.protocol.connection import Connection


class _BadRequestError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Subscriptions:
    """Apply SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY and GET_PROPERTY."""

    def __init__(self, market: Market, venue: Venue, hub: Hub, streams_max: int, connection: Connection) -> None:
        self.is_combined = False
        self._market = market
        self._venue = venue
        self._hub = hub
        self._streams_max = streams_max
        self._send = connection.send
        self._session = Session(self._deliver, connection.drop)

    def add(self, names: list[str]) -> None:
        """Subscribe to streams by name; a name that means nothing is kept and stays silent."""
        for name in names:
            if name in self._session.names:
                continue
            topic = parse_topic(self._market, name)
            if topic is not None and self._is_known(topic.symbol):
                self._hub.subscribe(self._session, topic)
                continue
            key = self._venue.listen_keys.find(name, self._venue.now_ms)
            if key is not None and key.market is self._market:
                self._hub.subscribe_account(self._session, name, key.market, key.account_id)
            else:
                self._session.silent_names.add(name)

    def handle(self, text: str) -> None:
        """Answer one request."""
        request_id: object = None
        try:
            request = _parse(text)
            request_id = request.get("id")
            answer: dict[str, object] = {"result": self._apply(request), "id": request_id}
        except _BadRequestError as bad:
            answer = {"error": {"code": bad.code, "msg": bad.message}}
            if request_id is not None:
                answer["id"] = request_id
        self._send(orjson.dumps(answer))

    def end(self) -> None:
        """Give up all subscriptions."""
        self._hub.drop(self._session)

    def _apply(self, request: dict[str, object]) -> object:
        method = request.get("method")
        if method in {"SUBSCRIBE", "UNSUBSCRIBE"}:
            names = _names(request.get("params"))
            if method == "UNSUBSCRIBE":
                for name in names:
                    self._hub.unsubscribe(self._session, name)
                return None
            wanted = set(self._session.names) | set(names)
            if len(wanted) > self._streams_max:
                raise _BadRequestError(2, f"Invalid request: too many subscriptions, at most {self._streams_max}")
            self.add(names)
            return None
        if method == "LIST_SUBSCRIPTIONS":
            return self._session.names
        if method in {"SET_PROPERTY", "GET_PROPERTY"}:
            return self._property(str(method), request.get("params"))
        raise _BadRequestError(
            2,
            f"Invalid request: unknown variant `{method}`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, "
            "`LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`",
        )

    def _property(self, method: str, params: object) -> object:
        if not isinstance(params, list) or not params or params[0] != "combined":
            raise _BadRequestError(0, "Unknown property")
        if method == "GET_PROPERTY":
            return self.is_combined
        if len(params) != 2 or not isinstance(params[1], bool):
            raise _BadRequestError(1, "Invalid value type: expected Boolean")
        self.is_combined = params[1]
        return None

    def _is_known(self, symbol: str | None) -> bool:
        return symbol is None or self._venue.has(self._market, symbol)

    def _deliver(self, name: str, payload: bytes) -> None:
        if self.is_combined:
            payload = b'{"stream":"' + name.encode() + b'","data":' + payload + b"}"
        self._send(payload)


def _parse(text: str) -> dict[str, object]:
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _BadRequestError(3, f"Invalid JSON: {error}") from error
    if not isinstance(request, dict):
        raise _BadRequestError(2, "Invalid request: request must be an object")
    request_id = request.get("id")
    if request_id is not None and not isinstance(request_id, int | str):
        raise _BadRequestError(2, "Invalid request: request ID must be an unsigned integer or a string")
    return request


def _names(params: object) -> list[str]:
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise _BadRequestError(2, "Invalid request: params must be an array of strings")
    if not params:
        raise _BadRequestError(2, "Invalid request: missing field `params`")
    return params
