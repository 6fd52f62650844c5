"""Events of accounts that a fault strikes on their way to a stream: twice, late, out of order, or never."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from poise_simulator.faults import stream_kinds
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion
from poise_simulator.protocol.served import ServedExchange

Send = Callable[[], None]
StreamT = TypeVar("StreamT", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Held(Generic[StreamT]):
    due_ms: int
    stream: StreamT
    send: Send
    goes_after_next: bool


class StruckEvents(Generic[StreamT]):
    """Sends events by way of the fault plan; what is held back is of one stream, and goes out on it."""

    def __init__(self, served: ServedExchange, plan: FaultPlan, hang_up: Callable[[StreamT], None]) -> None:
        """Drop the sockets of a stream by `hang_up`."""
        self._served = served
        self._plan = plan
        self._hang_up = hang_up
        self._held: list[_Held[StreamT]] = []

    def send(self, stream: StreamT, occasion: Occasion, send: Send) -> None:
        """Send one event on a stream, or do what a fault makes of it."""
        strike = self._plan.strike(occasion, self._served.now_ms)
        fault = strike.fault if strike is not None else None
        match fault:
            case stream_kinds.DropEvents():
                return
            case stream_kinds.DropSocket():
                self._hang_up(stream)
                return
            case stream_kinds.ReorderEvents():
                self._hold(stream, fault.hold_ms, send, goes_after_next=True)
                return
            case stream_kinds.DelayEvents():
                self._hold(stream, fault.ms, send, goes_after_next=False)
                return
            case stream_kinds.DuplicateEvents():
                send()
        send()
        if self._held:
            self._release(lambda held: held.goes_after_next and held.stream == stream)

    def tick(self, now_ms: int) -> None:
        """Send what was held until now."""
        if self._held:
            self._release(lambda held: held.due_ms <= now_ms)

    def _hold(self, stream: StreamT, for_ms: int, send: Send, *, goes_after_next: bool) -> None:
        self._held.append(_Held(self._served.engine_ms + for_ms, stream, send, goes_after_next))

    def _release(self, is_due: Callable[[_Held[StreamT]], bool]) -> None:
        due = [held for held in self._held if is_due(held)]
        self._held = [held for held in self._held if not is_due(held)]
        for held in due:
            held.send()
