"""Messages of accounts on their way to those who listen, by way of the fault plan."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from poise_simulator.domain.instruments import Market
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion, Target
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import message
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import user_id
from poise_simulator.protocol.fan_out import FanOut
from poise_simulator.protocol.struck_events import StruckEvents


class PrivateOutlet:
    """Sends accounts' messages."""

    def __init__(self, venue: OkxVenue, fan_out: FanOut[Topic], plan: FaultPlan) -> None:
        """Drop the sockets that a message was meant for where a fault says so."""
        self._fan_out = fan_out
        self._events: StruckEvents[Topic] = StruckEvents(venue, plan, fan_out.hang_up)

    def topics(self, channel: str, account_id: str) -> Iterator[Topic]:
        """Walk the topics of a channel that are listened to for an account."""
        return (t for t in self._fan_out.topics if t.channel == channel and t.account_id == account_id)

    def publish(self, topic: Topic, content: dict[str, object], market: Market | None, symbol: str | None) -> None:
        """Send one message to a topic's listeners, or what a fault makes of it."""

        def send() -> None:
            self._fan_out.publish(topic, orjson.dumps(content))

        occasion = Occasion(Target.USER_STREAM, topic.name, topic.account_id, market, symbol)
        self._events.send(topic, occasion, send)

    def tick(self, now_ms: int) -> None:
        """Send what was held until now."""
        self._events.tick(now_ms)


def private_message(topic: Topic, *rows: object, **more: object) -> dict[str, object]:
    """Write a push message that says whose it is."""
    whole = message(topic, *rows)
    return {**whole, "arg": {**topic.wire_arg, "uid": user_id(topic.account_id or "")}, **more}
