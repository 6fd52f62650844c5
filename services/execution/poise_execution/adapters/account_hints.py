"""The venue's event stream of the account, as a source: each event is a reason to ask now, and no more than that."""

from contextlib import aclosing

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.service import Push
from poise_execution.adapters.venue_connections import STAGE, VenueConnection
from poise_execution.domain.results import AccountHinted


class AccountHints:
    """Passes hints on from when the venue answers until the service stops; without them, everything is polled."""

    def __init__(self, connection: VenueConnection, *, now: Clock, new_id: NewId) -> None:
        self._connection = connection
        self._now = now
        self._new_id = new_id

    async def run(self, push: Push) -> None:
        """Push every hint, until cancelled."""
        async with self._connection.session() as session, aclosing(session.account_hints()) as hints:
            async for hint in hints:
                now = self._now()
                await push(
                    AccountHinted.first(
                        self._new_id(now), STAGE, now, venue=session.venue, client_order_id=hint.client_order_id
                    )
                )
