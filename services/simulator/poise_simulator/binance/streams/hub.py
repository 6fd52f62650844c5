"""Who listens to what: market topics and accounts' user data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from poise_simulator.binance.streams.names import Topic
from poise_simulator.domain.instruments import Market


@dataclass(slots=True)
class Session:
    """One connection's subscriptions.

    `outlet` takes a payload under the name of the stream it is on; `hang_up` drops the connection.
    """

    outlet: Callable[[str, bytes], None]
    hang_up: Callable[[], None]
    topics: dict[str, Topic] = field(default_factory=dict)
    user_streams: dict[str, tuple[Market, str]] = field(default_factory=dict)
    silent_names: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """Return every stream name subscribed to, also those that never send."""
        return [*self.topics, *self.user_streams, *self.silent_names]


class Hub:
    """Fan out payloads; an event is encoded once, however many listen."""

    def __init__(self) -> None:
        self._by_topic: dict[Topic, dict[int, Session]] = {}
        self._by_account: dict[tuple[Market, str], dict[tuple[int, str], Session]] = {}
        self._on_first: Callable[[Topic], None] = lambda _: None
        self._on_last: Callable[[Topic], None] = lambda _: None

    def watch(self, on_first: Callable[[Topic], None], on_last: Callable[[Topic], None]) -> None:
        """Call back when a topic gets its first and loses its last subscriber."""
        self._on_first, self._on_last = on_first, on_last

    def subscribe(self, session: Session, topic: Topic) -> None:
        """Add a market topic to a session."""
        session.topics[topic.name] = topic
        sessions = self._by_topic.get(topic)
        if sessions is None:
            sessions = self._by_topic[topic] = {}
            self._on_first(topic)
        sessions[id(session)] = session

    def subscribe_account(self, session: Session, name: str, market: Market, account_id: str) -> None:
        """Add an account's user data to a session under a stream name."""
        session.user_streams[name] = (market, account_id)
        self._by_account.setdefault((market, account_id), {})[(id(session), name)] = session

    def unsubscribe(self, session: Session, name: str) -> None:
        """Remove whatever a session has under a stream name."""
        session.silent_names.discard(name)
        topic = session.topics.pop(name, None)
        if topic is not None:
            sessions = self._by_topic[topic]
            sessions.pop(id(session), None)
            if not sessions:
                del self._by_topic[topic]
                self._on_last(topic)
        account = session.user_streams.pop(name, None)
        if account is not None:
            self._by_account.get(account, {}).pop((id(session), name), None)

    def drop(self, session: Session) -> None:
        """Remove a session that has ended."""
        for name in session.names:
            self.unsubscribe(session, name)

    def publish(self, topic: Topic, message: object) -> None:
        """Encode a market message once and hand it to every subscriber."""
        sessions = self._by_topic.get(topic)
        if sessions:
            payload = orjson.dumps(message)
            for session in list(sessions.values()):
                session.outlet(topic.name, payload)

    def publish_account(self, market: Market, account_id: str, message: object) -> None:
        """Encode a user data event once and hand it to every stream of the account."""
        sessions = self._by_account.get((market, account_id))
        if sessions:
            payload = orjson.dumps(message)
            for (_, name), session in list(sessions.items()):
                session.outlet(name, payload)

    def listens(self, market: Market, account_id: str) -> bool:
        """Tell whether anyone listens to an account's user data."""
        return bool(self._by_account.get((market, account_id)))

    def hang_up_user(self, market: Market, account_id: str) -> None:
        """Drop every connection that carries an account's user data."""
        for session in list(self._by_account.get((market, account_id), {}).values()):
            session.hang_up()

    def hang_up_topic(self, topic: Topic) -> None:
        """Drop every connection that listens to a market topic."""
        for session in list(self._by_topic.get(topic, {}).values()):
            session.hang_up()

    def hang_up_users(self) -> None:
        """Drop every connection that carries user data."""
        for account in list(self._by_account):
            self.hang_up_user(*account)

    def hang_up_markets(self) -> None:
        """Drop every connection that carries market data."""
        for topic in list(self._by_topic):
            self.hang_up_topic(topic)

    def expire_name(self, market: Market, account_id: str, name: str, message: object) -> None:
        """Tell the streams of one listen key that it has expired, and end them."""
        payload = orjson.dumps(message)
        for (_, known), session in list(self._by_account.get((market, account_id), {}).items()):
            if known == name:
                session.outlet(name, payload)
                self.unsubscribe(session, name)
