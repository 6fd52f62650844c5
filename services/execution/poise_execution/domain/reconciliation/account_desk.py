"""Everything about venue accounts in one place: readings, comparisons, locks, acknowledgements, and what is told."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.control import Acknowledge
from poise_common.contracts.core import Output
from poise_common.contracts.packages import PackageAction
from poise_common.domain.instruments import Instrument
from poise_execution.domain.account_watch import AccountWatch
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.acknowledgements import Acknowledgements, OperatorVerifier
from poise_execution.domain.reconciliation.admission import Admission
from poise_execution.domain.reconciliation.losses import Losses
from poise_execution.domain.reconciliation.reconciler import Reconciler
from poise_execution.domain.reconciliation.settlements import Settlements
from poise_execution.domain.reconciliation.venue_states import VenueStates
from poise_execution.domain.results import AccountRead, AccountTradesFetched
from poise_execution.domain.state import ExecutionState


class AccountDesk:
    """Takes what comes of accounts to where it belongs."""

    def __init__(
        self,
        config: ExecutionConfig,
        state: ExecutionState,
        operator: OperatorVerifier | None,
        *,
        instruments: Callable[[], Iterable[Instrument]],
        long_price: Callable[[Package], Decimal],
    ) -> None:
        """Use `instruments` for all that is listed or held, `long_price` to value a package's residual."""
        rules = config.reconciliation
        books = AccountBooks(state)
        self._state = state
        self._reconciler = Reconciler(rules, state, books, instruments)
        self._admission = Admission(rules, state, self._reconciler)
        self._venue_states = VenueStates(rules, state, self._reconciler)
        losses = Losses(state, long_price)
        self._acknowledgements = Acknowledgements(state, books, operator, losses)
        self.watch = AccountWatch(
            config.account, rules, state, books, self._reconciler, settlements=Settlements(state, books, losses)
        )
        for venue in state.standings:
            self._venue_states.follow(venue)

    def connected(self, venue: str, now: datetime) -> None:
        """Begin with a venue."""
        self.watch.connected(venue, now)
        self._venue_states.follow(venue)

    def tick(self, now: datetime) -> list[Output]:
        """Read what is due, tell what was not told for a while."""
        return [*self.watch.tick(now), *self._venue_states.tick(now)]

    def read(self, message: AccountRead, now: datetime) -> list[Output]:
        """Take a reading of an account."""
        return [*self.watch.read(message, now), *self._venue_states.tell(message.venue, now)]

    def traded(self, message: AccountTradesFetched) -> None:
        """Take an account's trades as what may explain its differences."""
        self._reconciler.explain(message)

    def acknowledge(self, message: Acknowledge, now: datetime) -> list[Output]:
        """Take the operator's word; once it counts, the account is read again."""
        venue = message.acknowledgement.venue
        was_locked = self._state.is_locked(venue)
        outputs = self._acknowledgements.take(message, now)
        if not was_locked or self._state.is_locked(venue):
            return outputs
        self._reconciler.acknowledged(venue)
        self.watch.afresh(venue, now)
        return [*outputs, *self._venue_states.tell(venue, now)]

    def objection_to(self, action: PackageAction, instruments: Iterable[Instrument], now: datetime) -> str | None:
        """Say why the accounts forbid an approval now, or None."""
        return self._admission.objection_to(action, instruments, now)

    def needed_since(self, before: datetime) -> datetime:
        """Return from when on what has ended must be remembered: no later than trades may be asked for."""
        return self._reconciler.needed_since(before)
