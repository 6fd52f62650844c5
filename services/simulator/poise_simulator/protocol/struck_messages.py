"""Market messages that a fault strikes on their way to the streams: left out, or the socket dropped in their place."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import orjson

from poise_simulator.faults import stream_kinds
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion
from poise_simulator.protocol.fan_out import FanOut
from poise_simulator.protocol.served import ServedExchange

TopicT = TypeVar("TopicT", bound=Hashable)


class StruckMessages(Generic[TopicT]):
    """Sends messages to those who listen, by way of the fault plan. `describe` tells the plan of a topic's message."""

    def __init__(
        self, served: ServedExchange, fan_out: FanOut[TopicT], plan: FaultPlan, describe: Callable[[TopicT], Occasion]
    ) -> None:
        self._served = served
        self._fan_out = fan_out
        self._plan = plan
        self._describe = describe

    def publish(self, topic: TopicT, message: object) -> None:
        """Encode a message once and send it to all who listen to a topic, unless a fault takes it."""
        if self._fan_out.listens(topic) and (self._plan.is_sound() or not self._is_struck(topic)):
            self._fan_out.publish(topic, orjson.dumps(message))

    def _is_struck(self, topic: TopicT) -> bool:
        strike = self._plan.strike(self._describe(topic), self._served.now_ms)
        if strike is not None and isinstance(strike.fault, stream_kinds.DropSocket):
            self._fan_out.hang_up(topic)
        return strike is not None
