"""Readings of the venue accounts: when, and what is told of them. Fills and incomes always precede the balances."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.execution import AccountReported, FundingPaid
from poise_common.contracts.message import Hop
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import uuid7
from poise_common.domain.instruments import Instrument
from poise_execution.domain.accounts import AccountOpened, IncomeSeen
from poise_execution.domain.effects import ReadAccount
from poise_execution.domain.orders import Fill
from poise_execution.domain.parameters import AccountParameters
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters
from poise_execution.domain.reconciliation.reconciler import Reconciler
from poise_execution.domain.reconciliation.settlements import Settlements
from poise_execution.domain.reports import STAGE
from poise_execution.domain.results import AccountRead, FundingIncome
from poise_execution.domain.state import ExecutionState


@dataclass(slots=True)
class _Schedule:
    """When a connected venue is read next; None while a reading is under way."""

    due_at: datetime | None
    is_wanted: bool = False
    """Asked for before its time: in place of the pause, or after the reading that is under way."""
    is_urgent: bool = False
    """Something is there that is not ours, or differs from our books: the reading does not wait for books."""
    hurries: int = 0
    """Readings in a row that did not wait for their time; the pause before the next doubles with each."""
    activity: int = 0
    """Counts what could make a reading under way say something else than our books."""


class AccountWatch:
    """Asks for accounts, has each reading compared, and reports what nothing was under way in."""

    def __init__(
        self,
        parameters: AccountParameters,
        reconciliation: ReconciliationParameters,
        state: ExecutionState,
        books: AccountBooks,
        reconciler: Reconciler,
        *,
        settlements: Settlements,
    ) -> None:
        self._parameters = parameters
        self._busy_wait = timedelta(seconds=reconciliation.busy_wait_s)
        self._state = state
        self._books = books
        self._reconciler = reconciler
        self._settlements = settlements
        self._schedules: dict[str, _Schedule] = {}

    def connected(self, venue: str, now: datetime) -> None:
        """Begin to read a venue's account, at once."""
        self._schedules[venue] = _Schedule(due_at=now)

    def soon(self, venue: str, now: datetime, *, is_urgent: bool) -> None:
        """Read a venue's account as soon as the pause between readings allows."""
        if (schedule := self._schedules.get(venue)) is None:
            return
        schedule.is_wanted = True
        schedule.is_urgent |= is_urgent
        if schedule.due_at is not None:
            schedule.due_at = min(schedule.due_at, now + timedelta(seconds=self._hurried_pause_s(schedule)))

    def afresh(self, venue: str, now: datetime) -> None:
        """Read a venue's account soon, whatever haste there was before."""
        if schedule := self._schedules.get(venue):
            schedule.hurries = 0
        self.soon(venue, now, is_urgent=True)

    def touched(self, venue: str) -> None:
        """Note that an order or a fill came in between: a report can't be made of a reading under way."""
        if schedule := self._schedules.get(venue):
            schedule.activity += 1

    def filled(self, instrument: Instrument, fill: Fill, now: datetime) -> list[Output]:
        """Book a fill of ours."""
        self.touched(instrument.venue)
        return self._books.filled(instrument, fill, now)

    def tick(self, now: datetime) -> list[Output]:
        """Ask for the accounts that are due: when nothing is under way there, or has been for too long to wait for."""
        return [
            self._ask(venue, schedule, now) for venue, schedule in self._schedules.items() if self._is_due(venue, now)
        ]

    def read(self, message: AccountRead, now: datetime) -> list[Output]:
        """Tell of new incomes, compare, and tell of the balances where nothing came in between."""
        venue = message.venue
        self._reconciler.clock_read(message)
        is_opening = venue not in self._state.openings
        figures = message.figures if self._is_undisturbed(message) else None
        if is_opening and figures is None:
            self._plan(message, now)
            return []
        outputs: list[Output] = []
        for income in sorted(message.incomes, key=lambda each: (each.paid_at, each.income_id)):
            outputs += self._income(venue, income, message, now, is_reported=not is_opening)
        self._state.forget_incomes(venue, self._incomes_since(venue, now))
        if is_opening:
            outputs.append(self._state.put(AccountOpened(venue=venue, opened_at=message.as_of)))
        if self._books.are_open(venue) and message.figures is not None:
            outputs += self._reconciler.compare(message, message.figures, now)
        elif figures is not None:
            outputs += self._reconciler.begin(message, figures, now, is_opening=is_opening)
        self._plan(message, now)
        if figures is None:
            return outputs
        report = AccountReported.caused_by(
            message, STAGE, now, venue=venue, as_of=message.as_of, opening=is_opening, **dict(figures)
        )
        return [*outputs, Publish(report)]

    def _is_due(self, venue: str, now: datetime) -> bool:
        due_at = self._schedules[venue].due_at
        if due_at is None or due_at > now:
            return False
        return self._state.is_quiet(venue) or (self._books.are_open(venue) and now >= due_at + self._busy_wait)

    def _ask(self, venue: str, schedule: _Schedule, now: datetime) -> Run:
        schedule.due_at = None
        schedule.hurries = schedule.hurries + 1 if schedule.is_wanted else 0
        schedule.is_wanted = False
        since = self._incomes_since(venue, now)
        known = frozenset(income_id for at, income_id in self._state.incomes if at == venue)
        is_open = venue in self._state.openings
        is_urgent, schedule.is_urgent = schedule.is_urgent or not is_open, False
        return Run(
            ReadAccount(
                venue=venue,
                incomes_since=since,
                known_incomes=known if is_open else None,
                activity=schedule.activity,
                is_urgent=is_urgent,
            )
        )

    def _is_undisturbed(self, message: AccountRead) -> bool:
        schedule = self._schedules.get(message.venue)
        activity = schedule.activity if schedule else 0
        return message.figures is not None and message.activity == activity and self._state.is_quiet(message.venue)

    def _plan(self, message: AccountRead, now: datetime) -> None:
        schedule = self._schedules.setdefault(message.venue, _Schedule(due_at=now))
        confirms_at = self._reconciler.confirms_at(message.venue)
        schedule.is_wanted |= confirms_at is not None or not self._is_undisturbed(message)
        schedule.is_urgent |= confirms_at is not None
        pause_s = self._hurried_pause_s(schedule) if schedule.is_wanted else self._parameters.report_interval_s
        if confirms_at is not None:
            until_confirmed_s = (confirms_at - now).total_seconds()
            pause_s = max(min(pause_s, until_confirmed_s), self._parameters.reread_pause_s)
        schedule.due_at = now + timedelta(seconds=pause_s)

    def _hurried_pause_s(self, schedule: _Schedule) -> float:
        return min(self._parameters.reread_pause_s * 2.0**schedule.hurries, self._parameters.report_interval_s)

    def _income(
        self, venue: str, income: FundingIncome, read: AccountRead, now: datetime, *, is_reported: bool
    ) -> list[Output]:
        if (venue, income.income_id) in self._state.incomes:
            return []
        seen = IncomeSeen(venue=venue, is_reported=is_reported, **income.model_dump(exclude={"settlement_price"}))
        stored = self._state.put(seen)
        if not is_reported:
            return [stored]
        if income.settlement_price is not None:
            return [stored, *self._settlements.take(venue, income, income.settlement_price, read, now)]
        booked = self._books.paid(seen, now)
        digest = blake2b(f"{venue}\n{income.income_id}".encode(), digest_size=16).digest()
        paid = FundingPaid(
            id=uuid7(to_ms(income.paid_at), digest),
            trace_id=read.trace_id,
            hops=(Hop(stage=STAGE, at=now),),
            venue=venue,
            symbol=income.symbol,
            asset=income.symbol.partition("/")[0],
            income_id=income.income_id,
            amount=income.amount,
            currency=income.currency,
            paid_at=income.paid_at,
        )
        return [stored, *booked, Publish(paid)]

    def _incomes_since(self, venue: str, now: datetime) -> datetime:
        opened = self._state.openings.get(venue)
        paid = [income.paid_at for income in self._state.incomes.values() if income.venue == venue]
        latest = max([*paid, opened.opened_at]) if opened else now
        return latest - timedelta(seconds=self._parameters.income_overlap_s)
