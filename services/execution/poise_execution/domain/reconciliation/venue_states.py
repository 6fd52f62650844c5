"""Tells how execution stands with each venue."""

from datetime import datetime, timedelta
from hashlib import blake2b

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import VenueState
from poise_common.contracts.message import Hop
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import uuid7
from poise_execution.domain.orders import OrderState
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters
from poise_execution.domain.reconciliation.reconciler import Reconciler
from poise_execution.domain.reports import STAGE
from poise_execution.domain.state import ExecutionState


class VenueStates:
    """Says each venue's state when it changes, and again while it lasts."""

    def __init__(self, parameters: ReconciliationParameters, state: ExecutionState, reconciler: Reconciler) -> None:
        self._pause = timedelta(seconds=parameters.state_every_s)
        self._state = state
        self._reconciler = reconciler
        self._told_at: dict[str, datetime] = {}
        self._venues: set[str] = set()

    def follow(self, venue: str) -> None:
        """Tell of a venue from now on."""
        self._venues.add(venue)

    def tick(self, now: datetime) -> list[Output]:
        """Tell again of those that were not told of for a while."""
        due = [
            venue for venue in sorted(self._venues) if now >= self._told_at.get(venue, now - self._pause) + self._pause
        ]
        return [output for venue in due for output in self.tell(venue, now)]

    def tell(self, venue: str, now: datetime) -> list[Output]:
        """Tell how a venue stands now."""
        self._told_at[venue] = now
        orders = [order for order in self._state.orders.values() if order.venue == venue]
        lock = self._state.locks.get(venue)
        id_ = uuid7(to_ms(now), blake2b(f"{venue}\n{now.isoformat()}".encode(), digest_size=16).digest())
        told = VenueState(
            id=id_,
            trace_id=id_,
            hops=(Hop(stage=STAGE, at=now),),
            venue=venue,
            as_of=now,
            reconciled_at=self._reconciler.agreed_at(venue),
            clock_offset_ms=self._reconciler.clock_offset_ms(venue),
            orders_in_doubt=sum(order.state in (OrderState.INTENDED, OrderState.UNKNOWN) for order in orders),
            resting_orders=sum(order.state is OrderState.RESTING for order in orders),
            lock=lock.shown if lock else None,
        )
        return [Publish(told)]
