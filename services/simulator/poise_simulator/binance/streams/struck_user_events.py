"""User events on their way to the streams of an account, by way of the fault plan."""

from __future__ import annotations

from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.faults.targets import Occasion, Target
from poise_simulator.protocol.struck_events import StruckEvents


class UserEventOutlet:
    """Sends accounts' events through the hub."""

    def __init__(self, venue: Venue, hub: Hub, plan: FaultPlan) -> None:
        self._hub = hub
        self._events: StruckEvents[tuple[Market, str]] = StruckEvents(
            venue, plan, lambda account: hub.hang_up_user(*account)
        )

    def publish(self, market: Market, account_id: str, message: dict[str, object], symbol: str | None) -> None:
        """Send one event to the streams of an account, or what a fault makes of it."""

        def send() -> None:
            self._hub.publish_account(market, account_id, message)

        if self._hub.listens(market, account_id):
            occasion = Occasion(Target.USER_STREAM, str(message["e"]), account_id, market, symbol)
            self._events.send((market, account_id), occasion, send)

    def tick(self, now_ms: int) -> None:
        """Send what was held until now."""
        self._events.tick(now_ms)
