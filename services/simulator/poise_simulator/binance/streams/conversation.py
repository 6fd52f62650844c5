"""One connection of the WebSocket request API: requests in, answers out, spot user data in between."""

from __future__ import annotations

import hashlib
import hmac

import orjson

from poise_simulator.binance.credentials import check_timing, find_key
from poise_simulator.binance.endpoint import Call, Security
from poise_simulator.binance.errors import VenueError, invalid_signature
from poise_simulator.binance.exchange_info import rate_limit_rows
from poise_simulator.binance.gate import answer, require_permission
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.streams.hub import Hub, Session
from poise_simulator.binance.streams.request_methods import METHODS
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.protocol.connection import Connection
from poise_simulator.protocol.keys import ApiKey

_POOLS = {Market.SPOT: Pool.SPOT, Market.FUTURES: Pool.FUTURES}
_USER_STREAM_WEIGHT = 2
_SUBSCRIBE = "userDataStream.subscribe.signature"
_UNSUBSCRIBE = "userDataStream.unsubscribe"


class Conversation:
    """Answer one connection's requests and carry its user data subscriptions."""

    def __init__(self, market: Market, venue: Venue, hub: Hub, address: str, connection: Connection) -> None:
        self._market = market
        self._venue = venue
        self._hub = hub
        self._address = address
        self._send = connection.send
        self._session = Session(self._deliver, connection.drop)
        self._next_subscription_id = 0

    def handle(self, text: str) -> None:
        """Answer one request."""
        request_id: object = None
        try:
            request = _parse(text)
            request_id = request.get("id")
            outcome: dict[str, object] = {"status": 200, "result": self._run(request)}
        except VenueError as error:
            outcome = {"status": int(error.status), "error": error.body()}
        self._send(orjson.dumps({"id": request_id, **outcome, "rateLimits": self._usage()}))

    def end(self) -> None:
        """Give up the user data subscriptions."""
        self._hub.drop(self._session)

    def _run(self, request: dict[str, object]) -> object:
        method, sent = request.get("method"), request.get("params") or {}
        if not isinstance(method, str) or not isinstance(sent, dict):
            raise VenueError(-1135, "Invalid JSON request: 'method' or 'params' is malformed.")
        values = {str(name): _text(value) for name, value in sent.items()}
        parameters = Parameters(values)
        if method in {_SUBSCRIBE, _UNSUBSCRIBE} and self._market is Market.SPOT:
            self._charge(_USER_STREAM_WEIGHT)
            return self._subscribe(values) if method == _SUBSCRIBE else self._unsubscribe(parameters)
        endpoint = METHODS[self._market].get(method)
        if endpoint is None:
            raise VenueError(-1000, f"Method {method} is not simulated.")
        self._charge(endpoint.weight(parameters))
        key = None
        if endpoint.security is not Security.NONE:
            key = self._prove(values, is_signed=endpoint.security is Security.SIGNED)
            require_permission(endpoint, key)
        return answer(endpoint, Call(self._venue, parameters, self._address, key))

    def _charge(self, weight: int) -> None:
        self._venue.limits.charge(self._address, _POOLS[self._market], weight, self._venue.now_ms)

    def _prove(self, values: dict[str, str], *, is_signed: bool) -> ApiKey:
        parameters = Parameters(values)
        key = find_key(self._venue.keys, values.get("apiKey"))
        if is_signed:
            check_timing(parameters, self._venue.now_ms)
            signature = parameters.text("signature")
            payload = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "signature")
            expected = hmac.new(key.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
            if not hmac.compare_digest(expected, signature.lower()):
                raise invalid_signature()
        return key

    def _subscribe(self, values: dict[str, str]) -> object:
        key = self._prove(values, is_signed=True)
        subscription_id = self._next_subscription_id
        self._next_subscription_id += 1
        self._hub.subscribe_account(self._session, str(subscription_id), Market.SPOT, key.account_id)
        return {"subscriptionId": subscription_id}

    def _unsubscribe(self, parameters: Parameters) -> object:
        named = parameters.optional_text("subscriptionId")
        for name in self._session.user_names if named is None else [named]:
            self._hub.unsubscribe(self._session, name)
        return {}

    def _deliver(self, name: str, payload: bytes) -> None:
        self._send(b'{"subscriptionId":' + name.encode() + b',"event":' + payload + b"}")

    def _usage(self) -> list[dict[str, object]]:
        pool = _POOLS[self._market]
        used = self._venue.limits.weight_used(self._address, pool, self._venue.now_ms)
        rows = rate_limit_rows(self._venue.limits.limits(pool))
        return [{**row, "count": used} for row in rows if row["rateLimitType"] == "REQUEST_WEIGHT"]


def _parse(text: str) -> dict[str, object]:
    try:
        request = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise VenueError(-1135, f"Invalid JSON request: {error}") from error
    if not isinstance(request, dict):
        raise VenueError(-1135, "Invalid JSON request: an object is expected.")
    return request


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)
