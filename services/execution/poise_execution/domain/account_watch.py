"""Reads of the venue accounts: when, and what of them is told. Fills and incomes always precede the balances."""

from datetime import datetime, timedelta
from hashlib import blake2b

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.execution import AccountReported, FundingPaid
from poise_common.contracts.message import Hop
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import uuid7
from poise_execution.domain.accounts import AccountOpened, IncomeSeen
from poise_execution.domain.effects import ReadAccount
from poise_execution.domain.parameters import AccountParameters
from poise_execution.domain.reports import STAGE
from poise_execution.domain.results import AccountRead, FundingIncome
from poise_execution.domain.state import ExecutionState


class AccountWatch:
    """Asks for an account when nothing is under way there, and reports it if nothing was until the answer came."""

    def __init__(self, parameters: AccountParameters, state: ExecutionState) -> None:
        self._parameters = parameters
        self._state = state
        self._due_at: dict[str, datetime] = {}
        """Connected venues with no read under way."""
        self._activity: dict[str, int] = {}

    def connected(self, venue: str, now: datetime) -> None:
        """Begin to read a venue's account, at once."""
        self._due_at[venue] = now

    def is_open(self, venue: str) -> bool:
        """Say whether the account was reported once, so that the ledger knows what it began with."""
        return venue in self._state.openings

    def touched(self, venue: str) -> None:
        """Note that an order or a fill came in between: a read under way says nothing any more."""
        self._activity[venue] = self._activity.get(venue, 0) + 1

    def tick(self, now: datetime) -> list[Output]:
        """Ask for the accounts that are due and quiet."""
        reads = [
            ReadAccount(
                venue=venue,
                incomes_since=self._incomes_since(venue, now),
                activity=self._activity.get(venue, 0),
            )
            for venue, due_at in self._due_at.items()
            if due_at <= now and self._state.is_quiet(venue)
        ]
        for read in reads:
            del self._due_at[read.venue]
        return [Run(read) for read in reads]

    def read(self, message: AccountRead, now: datetime) -> list[Output]:
        """Tell of new incomes, and of the balances where nothing came in between."""
        venue = message.venue
        is_opening = not self.is_open(venue)
        is_undisturbed = (
            message.figures is not None
            and message.activity == self._activity.get(venue, 0)
            and self._state.is_quiet(venue)
        )
        pause_s = self._parameters.report_interval_s if is_undisturbed else self._parameters.reread_pause_s
        self._due_at[venue] = now + timedelta(seconds=pause_s)
        if is_opening and not is_undisturbed:
            return []
        outputs: list[Output] = []
        for income in sorted(message.incomes, key=lambda each: (each.paid_at, each.income_id)):
            outputs += self._income(venue, income, message, now, is_reported=not is_opening)
        self._state.forget_incomes(venue, self._incomes_since(venue, now))
        if message.figures is None or not is_undisturbed:
            return outputs
        if is_opening:
            outputs.append(self._state.put(AccountOpened(venue=venue, opened_at=message.as_of)))
        report = AccountReported.caused_by(
            message,
            STAGE,
            now,
            venue=venue,
            as_of=message.as_of,
            opening=is_opening,
            **dict(message.figures),
        )
        return [*outputs, Publish(report)]

    def _income(
        self, venue: str, income: FundingIncome, read: AccountRead, now: datetime, *, is_reported: bool
    ) -> list[Output]:
        if (venue, income.income_id) in self._state.incomes:
            return []
        seen = IncomeSeen(venue=venue, is_reported=is_reported, **dict(income))
        stored = self._state.put(seen)
        if not is_reported:
            return [stored]
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
        return [stored, Publish(paid)]

    def _incomes_since(self, venue: str, now: datetime) -> datetime:
        opened = self._state.openings.get(venue)
        paid = [income.paid_at for income in self._state.incomes.values() if income.venue == venue]
        latest = max([*paid, opened.opened_at]) if opened else now
        return latest - timedelta(seconds=self._parameters.income_overlap_s)
