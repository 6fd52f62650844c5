"""Execution's core: approvals in, orders and reports out."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from poise_common.contracts.control import Acknowledge, Flatten, Halt, Resume
from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.market_data import OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageApproved, RollApproved
from poise_common.contracts.state import RiskState
from poise_common.domain.instruments import Instrument
from poise_execution.domain.gate import Admitted, Refused, Surroundings, Verifier, judge
from poise_execution.domain.listings import Listings
from poise_execution.domain.mandate_desk import MandateDesk
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.order_desk import OrderDesk
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.domain.quotes import Quotes
from poise_execution.domain.reconciliation.account_desk import AccountDesk
from poise_execution.domain.reconciliation.acknowledgements import OperatorVerifier
from poise_execution.domain.reconciliation.evidence import own_open_orders, own_orders_found
from poise_execution.domain.reports import approval_refused
from poise_execution.domain.results import (
    AccountHinted,
    AccountRead,
    AccountTradesFetched,
    CancelAsked,
    InstrumentPrepared,
    OrderAnswered,
    OrderLookedUp,
    TradesFetched,
    VenueConnected,
)
from poise_execution.domain.rolling import judge_roll
from poise_execution.domain.standing import Standing
from poise_execution.domain.state import ExecutionState
from poise_execution.domain.venue_figures import VenueFigures

_UNSIGNED = Refused(RefusalReason.UNSIGNED, "the signature is not risk's over this approval", consumes=False)


class ExecutionCore:
    """The one place that orders come from: only out of a signed approval, each once."""

    def __init__(
        self,
        config: ExecutionConfig,
        verifier: Verifier,
        state: ExecutionState | None = None,
        operator: OperatorVerifier | None = None,
    ) -> None:
        self._config = config
        self._verifier = verifier
        self._state = state or ExecutionState()
        self._standing = Standing()
        self._quotes = Quotes(config.hedging.book_max_age_s)
        self._accounts = AccountDesk(
            config, self._state, operator, instruments=self._known_instruments, long_price=self._long_price
        )
        self._listings = Listings(config.account.venue_leverage, config.orders)
        self._orders = OrderDesk(config.orders, config.resting, self._state, self._accounts.watch)
        self._mandates = MandateDesk(config, self._state, self._orders, self._quotes, self._why_stopped)
        self.figures = VenueFigures(self._state, self._long_price)
        self._handlers: dict[type[Message], Callable[[Any, datetime], Sequence[Output]]] = {
            PackageApproved: self._approved,
            RollApproved: self._roll_approved,
            OrderBook: self._quoted,
            Universe: self._listed,
            RiskState: self._standing_seen,
            Halt: self._stopped,
            Flatten: self._stopped,
            Resume: self._resumed,
            OrderAnswered: lambda message, now: self._progressed(message, self._orders.answered(message, now), now),
            OrderLookedUp: lambda message, now: self._progressed(message, self._orders.looked_up(message, now), now),
            TradesFetched: lambda message, now: self._progressed(message, self._orders.traded(message, now), now),
            CancelAsked: self._orders.cancel_asked,
            AccountHinted: self._hinted,
            AccountRead: self._account_read,
            AccountTradesFetched: self._account_traded,
            Acknowledge: self._accounts.acknowledge,
            InstrumentPrepared: self._prepared,
            VenueConnected: self._connected,
        }

    def start(self, now: datetime) -> Sequence[Output]:
        """Take up what was under way: orders without a stored answer are looked up."""
        outputs: list[Output] = []
        for order in tuple(self._state.orders.values()):
            outputs += self._orders.resume(order)
        for mandate in self._state.working_mandates():
            outputs += self._mandates.advance(mandate, now)
        return outputs

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message of the bus, or what came of an effect; others' messages change nothing."""
        handler = self._handlers.get(type(message))
        return handler(message, now) if handler else ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Ask again what is unknown, try again what is held too much, and read the accounts."""
        outputs = self._orders.tick(now)
        for mandate in self._state.working_mandates():
            outputs += self._mandates.advance(mandate, now)
        outputs += self._listings.tick(now)
        outputs += self._accounts.tick(now)
        self._state.forget_finished(
            self._accounts.needed_since(now - timedelta(seconds=self._config.remember_finished_s))
        )
        return outputs

    def _approved(self, approved: PackageApproved, now: datetime) -> list[Output]:
        approval = approved.approval
        known = self._state.mandates.get(approval.approval_id)
        if not self._verifier.is_signed(approval, approved.signature):
            verdict = _UNSIGNED
        elif approval.rolls_with is not None:
            verdict = Refused(RefusalReason.UNSIGNED, "it is half of a roll, signed for no use alone", consumes=False)
        elif known is not None and known.approved.id == approved.id:
            return []
        elif known is not None:
            verdict = _used(known)
        else:
            judged = judge(approved, self._surroundings(now), now)
            if not isinstance(judged, Refused):
                return self._taken_up(approved, judged, now)
            verdict = judged
        return self._refused(approved, verdict, now)

    def _roll_approved(self, roll: RollApproved, now: datetime) -> list[Output]:
        halves = (roll.closing, roll.opening)
        known = [self._state.mandates.get(half.approval.approval_id) for half in halves]
        if not all(self._verifier.is_signed(half.approval, half.signature) for half in halves):
            verdict = _UNSIGNED
        elif [mandate and mandate.approved.id for mandate in known] == [half.id for half in halves]:
            return []
        elif taken := next((mandate for mandate in known if mandate is not None), None):
            verdict = _used(taken)
        else:
            judged = judge_roll(roll, self._surroundings(now), now)
            if not isinstance(judged, Refused):
                return self._mandates.take_roll(roll, judged, now)
            verdict = judged
        return [output for half in halves for output in self._refused(half, verdict, now)]

    def _refused(self, approved: PackageApproved, verdict: Refused, now: datetime) -> list[Output]:
        outputs: list[Output] = [Publish(approval_refused(approved, verdict, now))]
        if verdict.consumes:
            refused = Mandate(
                approved=approved,
                status=MandateStatus.REFUSED,
                taken_at=now,
                ended_at=now,
                outcome=f"{verdict.reason.value}: {verdict.detail}",
            )
            outputs.insert(0, self._state.put(refused))
        return outputs

    def _taken_up(self, approved: PackageApproved, admitted: Admitted, now: datetime) -> list[Output]:
        outputs = self._mandates.take(approved, admitted, now)
        if admitted.orders:
            return outputs
        return outputs + self._mandates.advance(self._state.mandates[approved.approval.approval_id], now)

    def _surroundings(self, now: datetime) -> Surroundings:
        return Surroundings(
            standing=self._standing,
            packages=self._state.packages,
            ended_packages=self._state.ended_packages,
            working_packages={mandate.package_id for mandate in self._state.working_mandates()},
            listed=self._listings.listed_instruments,
            cap_usd=self._config.hedging.residual_cap_usd,
            why_not_ready=self._listings.why_not_ready,
            account_objection=lambda action, instruments: self._accounts.objection_to(action, instruments, now),
        )

    def _known_instruments(self) -> Iterable[Instrument]:
        """Return what is listed and what is held, each once, the rules of now before those of an opening."""
        held = {
            instrument.id: instrument
            for package in self._state.packages.values()
            for instrument in map(package.instrument, LegRole)
        }
        return {**held, **self._listings.listed_instruments}.values()

    def _long_price(self, package: Package) -> Decimal:
        """Return what a package's residual is valued at; nothing is known of a price only right after a start."""
        mandate = self._state.mandate_for(package.package_id)
        known = mandate.leg(LegRole.LONG).decision_price if mandate else Decimal(0)
        return self._quotes.mid_price(package.long_instrument.id, known)

    def _progressed(
        self, message: OrderAnswered | OrderLookedUp | TradesFetched, outputs: list[Output], now: datetime
    ) -> list[Output]:
        order = self._state.orders.get(message.client_order_id)
        return outputs + self._advance(order, now) if order is not None and outputs else outputs

    def _advance(self, order: Order, now: datetime) -> list[Output]:
        """Do what is next for the package of an order, by the approval that is being carried out for it."""
        mandate = self._state.mandate_for(order.package_id)
        return self._mandates.advance(mandate, now) if mandate else []

    def _account_read(self, message: AccountRead, now: datetime) -> Sequence[Output]:
        outputs: list[Output] = []
        for seen in tuple(own_open_orders(message, self._state, now)):
            outputs += self.handle(seen, now)
        return outputs + self._accounts.read(message, now)

    def _account_traded(self, message: AccountTradesFetched, now: datetime) -> Sequence[Output]:
        self._accounts.traded(message)
        return [
            output for found in tuple(own_orders_found(message, self._state, now)) for output in self.handle(found, now)
        ]

    def _quoted(self, book: OrderBook, _now: datetime) -> Sequence[Output]:
        self._quotes.update(book)
        return ()

    def _listed(self, universe: Universe, _now: datetime) -> Sequence[Output]:
        return self._listings.listed(universe)

    def _connected(self, message: VenueConnected, now: datetime) -> Sequence[Output]:
        self._accounts.connected(message.venue, now)
        return self._listings.connected(message.venue)

    def _prepared(self, message: InstrumentPrepared, now: datetime) -> Sequence[Output]:
        self._listings.prepared(message, now)
        return ()

    def _standing_seen(self, state: RiskState, now: datetime) -> Sequence[Output]:
        self._standing = self._standing.seen(state)
        return self._end_resting(now)

    def _stopped(self, _command: Halt | Flatten, now: datetime) -> Sequence[Output]:
        self._standing = self._standing.stopped()
        return self._end_resting(now)

    def _end_resting(self, now: datetime) -> list[Output]:
        """Have what must not rest any more asked to go at once."""
        if self._standing.why_stopped() is None:
            return []
        return [output for mandate in self._state.working_mandates() for output in self._mandates.advance(mandate, now)]

    def _why_stopped(self, package: Package) -> str | None:
        locked = sorted({package.long_instrument.venue, package.short_instrument.venue} & self._state.locks.keys())
        return f"{locked[0]} is locked" if locked else self._standing.why_stopped()

    def _hinted(self, hint: AccountHinted, now: datetime) -> Sequence[Output]:
        order = self._state.orders.get(hint.client_order_id or "")
        if order is not None:
            return self._orders.hinted(order)
        # An order that is not ours; of our own, balances change too, and are told without one.
        self._accounts.watch.soon(hint.venue, now, is_urgent=hint.client_order_id is not None)
        return ()

    def _resumed(self, _command: Resume, _now: datetime) -> Sequence[Output]:
        self._standing = self._standing.resumed()
        return ()


def _used(known: Mandate) -> Refused:
    return Refused(RefusalReason.USED, f"taken up at {known.taken_at.isoformat()}", consumes=False)
