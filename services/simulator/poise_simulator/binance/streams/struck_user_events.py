"""User events that a fault strikes on their way to the streams: twice, late, out of order, or never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.faults import stream_kinds
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion, Target

Send = Callable[[], None]
_Account = tuple[Market, str]


@dataclass(frozen=True, slots=True)
class _Held:
    due_ms: int
    account: _Account
    send: Send
    goes_after_next: bool


class UserEventOutlet:
    """Sends accounts' events through the hub, by way of the fault plan."""

    def __init__(self, venue: Venue, hub: Hub, plan: FaultPlan) -> None:
        self._venue = venue
        self._hub = hub
        self._plan = plan
        self._held: list[_Held] = []

    def publish(self, market: Market, account_id: str, message: dict[str, object], symbol: str | None) -> None:
        """Send one event to the streams of an account, or what a fault makes of it."""
        account = (market, account_id)

        def send() -> None:
            self._hub.publish_account(market, account_id, message)

        if self._hub.listens(market, account_id):
            self._strike(account, Occasion(Target.USER_STREAM, str(message["e"]), account_id, market, symbol), send)

    def tick(self, now_ms: int) -> None:
        """Send what was held until now."""
        if self._held:
            self._release(lambda held: held.due_ms <= now_ms)

    def _strike(self, account: _Account, occasion: Occasion, send: Send) -> None:
        strike = self._plan.strike(occasion, self._venue.now_ms)
        fault = strike.fault if strike is not None else None
        match fault:
            case stream_kinds.DropEvents():
                return
            case stream_kinds.DropSocket():
                self._hub.hang_up_user(*account)
                return
            case stream_kinds.ReorderEvents():
                self._hold(account, fault.hold_ms, send, goes_after_next=True)
                return
            case stream_kinds.DelayEvents():
                self._hold(account, fault.ms, send, goes_after_next=False)
                return
            case stream_kinds.DuplicateEvents():
                send()
        send()
        if self._held:
            self._release(lambda held: held.goes_after_next and held.account == account)

    def _hold(self, account: _Account, for_ms: int, send: Send, *, goes_after_next: bool) -> None:
        self._held.append(_Held(self._venue.engine_ms + for_ms, account, send, goes_after_next))

    def _release(self, is_due: Callable[[_Held], bool]) -> None:
        due = [held for held in self._held if is_due(held)]
        self._held = [held for held in self._held if not is_due(held)]
        for held in due:
            held.send()
