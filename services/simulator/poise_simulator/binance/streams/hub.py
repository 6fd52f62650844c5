"""Who listens to what: market topics and accounts' user data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from poise_simulator.binance.streams.names import Topic
from poise_simulator.domain.instruments import Market
from poise_simulator.protocol.fan_out import FanOut, Listener


@dataclass(frozen=True, slots=True)
class UserStream:
    """An account's user data under a stream name: a listen key, or a subscription's number."""

    name: str
    market: Market
    account_id: str


class Session:
    """One connection's subscriptions.

    `outlet` takes a payload under the name of the stream it is on; `hang_up` drops the connection.
    """

    def __init__(self, outlet: Callable[[str, bytes], None], hang_up: Callable[[], None]) -> None:
        self.markets: Listener[Topic] = Listener(lambda topic, payload: outlet(topic.name, payload), hang_up)
        self.users: Listener[UserStream] = Listener(lambda stream, payload: outlet(stream.name, payload), hang_up)
        self.silent_names: set[str] = set()

    @property
    def user_names(self) -> list[str]:
        """Return the names of user data streams subscribed to."""
        return [stream.name for stream in self.users.topics]

    @property
    def names(self) -> list[str]:
        """Return every stream name subscribed to, also those that never send."""
        return [*(topic.name for topic in self.markets.topics), *self.user_names, *self.silent_names]


class Hub:
    """Keep subscriptions by stream name."""

    def __init__(self) -> None:
        self.markets: FanOut[Topic] = FanOut()
        self._users: FanOut[UserStream] = FanOut()

    def subscribe(self, session: Session, topic: Topic) -> None:
        """Add a market topic to a session."""
        self.markets.subscribe(session.markets, topic)

    def subscribe_account(self, session: Session, name: str, market: Market, account_id: str) -> None:
        """Add an account's user data to a session under a stream name."""
        self._users.subscribe(session.users, UserStream(name, market, account_id))

    def unsubscribe(self, session: Session, name: str) -> None:
        """Remove whatever a session has under a stream name."""
        session.silent_names.discard(name)
        for topic in [topic for topic in session.markets.topics if topic.name == name]:
            self.markets.unsubscribe(session.markets, topic)
        for stream in [stream for stream in session.users.topics if stream.name == name]:
            self._users.unsubscribe(session.users, stream)

    def drop(self, session: Session) -> None:
        """Remove a session that has ended."""
        self.markets.drop(session.markets)
        self._users.drop(session.users)

    def publish_account(self, market: Market, account_id: str, message: object) -> None:
        """Encode a user data event once and hand it to every stream of the account."""
        streams = self._streams_of(market, account_id)
        if streams:
            payload = orjson.dumps(message)
            for stream in streams:
                self._users.publish(stream, payload)

    def listens(self, market: Market, account_id: str) -> bool:
        """Tell whether anyone listens to an account's user data."""
        return bool(self._streams_of(market, account_id))

    def hang_up_user(self, market: Market, account_id: str) -> None:
        """Drop every connection that carries an account's user data."""
        for stream in self._streams_of(market, account_id):
            self._users.hang_up(stream)

    def hang_up_users(self) -> None:
        """Drop every connection that carries user data."""
        for stream in self._users.topics:
            self._users.hang_up(stream)

    def hang_up_markets(self) -> None:
        """Drop every connection that carries market data."""
        for topic in self.markets.topics:
            self.markets.hang_up(topic)

    def expire_name(self, market: Market, account_id: str, name: str, message: object) -> None:
        """Tell the streams of one listen key that it has expired, and end them."""
        stream = UserStream(name, market, account_id)
        self._users.publish(stream, orjson.dumps(message))
        self._users.end(stream)

    def _streams_of(self, market: Market, account_id: str) -> list[UserStream]:
        return [one for one in self._users.topics if one.market is market and one.account_id == account_id]
