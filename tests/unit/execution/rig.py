"""An execution core with its approvals, its venue's answers and its clock in the test's hands."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import yaml
from tests.unit.execution.messages import (
    INSTRUMENTS,
    OPERATOR_KEY,
    PAIR,
    RISK_KEY,
    SECOND_VENUE,
    account_read,
    approved,
    listing,
    prepared,
    price_of,
    risk_state,
    trade,
    universe,
)

from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.execution import ApprovalRefused, OrderSent, VenueState
from poise_common.contracts.market_data import Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.contracts.signatures import Verifier
from poise_common.contracts.state import SystemMode
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import Instrument
from poise_execution.domain import effects, results
from poise_execution.domain.core import ExecutionCore
from poise_execution.domain.orders import Fill, Order
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.domain.state import ExecutionState

CONFIG_FILE = Path(__file__).parents[3] / "config" / "execution.yaml"
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

M = TypeVar("M", bound=Message)
E = TypeVar("E")


def shipped_values() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(CONFIG_FILE.read_text())
    return values


def shipped_config() -> ExecutionConfig:
    return ExecutionConfig.model_validate(shipped_values())


class Rig:
    """Feeds a core and keeps what it says; `state` is what its database would hold."""

    def __init__(
        self,
        config: ExecutionConfig | None = None,
        venues: tuple[str, ...] = ("paper",),
        futures: tuple[Instrument, ...] = (),
    ) -> None:
        """Trade ETH on one venue, its futures where there are any; on two, a pair of others across both as well."""
        self.futures = futures
        self.venues = venues
        self.config = config or shipped_config()
        self.operator: Verifier | None = Verifier(OPERATOR_KEY.public_key())
        self.state = ExecutionState()
        self.core = self._build()
        self.now = START
        self.mode, self.epoch = SystemMode.ACTIVE, 1
        self.messages: list[Message] = []
        """What was published, but for venues' states."""
        self.venue_states: list[VenueState] = []
        self.effects: list[object] = []
        self._ids = seeded_ids(1)

    def _build(self) -> ExecutionCore:
        return ExecutionCore(self.config, Verifier(RISK_KEY.public_key()), self.state_copy(), self.operator)

    def state_copy(self) -> ExecutionState:
        """Return the stored state as a restart reads it."""
        state = ExecutionState()
        for records in (
            self.state.mandates,
            self.state.packages,
            self.state.orders,
            self.state.fills,
            self.state.incomes,
            self.state.openings,
            self.state.holdings,
            self.state.standings,
            self.state.locks,
        ):
            for record in records.values():
                state.put(record)
        return state

    def new_id(self) -> UUID:
        return self._ids(self.now)

    def hear(self, message: Message) -> Sequence[Output]:
        return self.keep(self.core.handle(message, self.now))

    def keep(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for output in outputs:
            match output:
                case Store(record):
                    self._refuse_second_insert(record)
                    self.state.put(record)  # type: ignore[arg-type]  # execution's own records
                case Publish(VenueState() as venue_state):
                    self.venue_states.append(venue_state)
                case Publish(message):
                    self.messages.append(message)
                case Run(effect):
                    self.effects.append(effect)
        return outputs

    def _refuse_second_insert(self, record: object) -> None:
        """Fail as the database does where a row that is inserted once comes twice."""
        match record:
            case Order(is_new=True):
                assert record.client_order_id not in self.state.orders, "an intent was stored twice"
            case Fill():
                assert record.key not in self.state.fills, "a fill was stored twice"

    def wait(self, seconds: float) -> Sequence[Output]:
        """Let time pass and the clock tick once."""
        self.now += timedelta(seconds=seconds)
        return self.keep(self.core.tick(self.now))

    def restart(self) -> Sequence[Output]:
        """Lose the process: what it had asked for and heard of is gone, what it stored is read again."""
        self.effects.clear()
        self.core = self._build()
        outputs = self.keep(self.core.start(self.now))
        self.listen()
        return outputs

    def listen(self) -> None:
        """Hear what the state streams and the venue connection say at a start."""
        self.hear(risk_state(self, self.mode, self.epoch))
        more = [listing(perpetual, perpetual) for perpetual in PAIR.values() if SECOND_VENUE in self.venues]
        self.hear(universe(self, *more, futures=self.futures))
        for venue in self.venues:
            self.hear(results.VenueConnected.first(self.new_id(), "venue", self.now, venue=venue))
        for effect in self.take(effects.PrepareInstrument):
            self.hear(prepared(self, effect.instrument, failure=None))

    def ready(self) -> "Rig":
        """Come up to where approvals are taken: venue connected, account read, risk active."""
        self.listen()
        self.wait(0)
        reads = self.take(effects.ReadAccount)
        assert {read.venue for read in reads} == set(self.venues)
        for read in reads:
            self.hear(account_read(self, activity=read.activity, venue=read.venue))
        self.messages.clear()
        return self

    def empty_universe(self) -> Universe:
        return self.result(Universe, as_of=self.now, assets=())

    def result(self, kind: type[M], **fields: Any) -> M:
        return kind.first(self.new_id(), "venue", self.now, **fields)

    def take(self, kind: type[E]) -> list[E]:
        """Take the effects of a kind off the list of what is to be done."""
        taken = [effect for effect in self.effects if isinstance(effect, kind)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, kind)]
        return taken

    def take_order(self, role: LegRole) -> effects.SubmitOrder:
        """Take the one order of a role that is to be sent."""
        symbols = {INSTRUMENTS[role].symbol, PAIR[role].symbol}
        submits = [each for each in self.effects if isinstance(each, effects.SubmitOrder)]
        submit = next(each for each in submits if each.instrument.symbol in symbols)
        self.effects.remove(submit)
        return submit

    def told(self, kind: type[M]) -> list[M]:
        return [message for message in self.messages if isinstance(message, kind)]

    def answer(self, submit: effects.SubmitOrder, filled: Decimal | str | int | None = None) -> None:
        """Answer a POST as the venue does: terminal, with so much filled; None fills it all."""
        quantity = submit.quantity if filled is None else Decimal(filled)
        seen = results.OrderSeen(order_id=f"o-{submit.client_order_id}", filled_quantity=quantity, is_terminal=True)
        self.answer_with(submit, seen)

    def answer_with(
        self,
        submit: effects.SubmitOrder,
        outcome: results.OrderSeen | results.OrderRefused | results.OutcomeUnknown,
    ) -> None:
        self.hear(
            self.result(
                results.OrderAnswered, client_order_id=submit.client_order_id, outcome=outcome, sent_at=self.now
            )
        )

    def look_up(
        self, client_order_id: str, outcome: results.OrderSeen | results.OrderAbsent | results.OutcomeUnknown
    ) -> None:
        self.hear(
            self.result(results.OrderLookedUp, client_order_id=client_order_id, outcome=outcome, asked_at=self.now)
        )

    def list_trades(self, price: Decimal | None = None) -> None:
        """Answer every question for trades with one trade of the whole filled quantity; spot buys pay in base."""
        for fetch in self.take(effects.FetchTrades):
            self.hear(self.trades_of(fetch, price))

    def trades_of(self, fetch: effects.FetchTrades, price: Decimal | None = None) -> results.TradesFetched:
        order = self.order(fetch.client_order_id)
        price = price_of(order.instrument_id) if price is None else price
        return self.result(
            results.TradesFetched,
            client_order_id=fetch.client_order_id,
            trades=(trade(order, order.filled_quantity, price),),
        )

    def fill(self, role: LegRole, filled: Decimal | str | int | None = None) -> effects.SubmitOrder:
        """Take the one order of a role that is to be sent, answer it and list its trades."""
        submit = self.take_order(role)
        self.answer(submit, filled)
        self.list_trades()
        return submit

    def order(self, client_order_id: str) -> Order:
        return self.state.orders[client_order_id]

    @property
    def package(self) -> Package:
        return list(self.state.packages.values())[-1]

    @property
    def refusal(self) -> ApprovalRefused:
        (refused,) = self.told(ApprovalRefused)
        return refused

    @property
    def sent_ids(self) -> list[str]:
        return [message.client_order_id for message in self.told(OrderSent)]

    def opened(self, quantity: str = "10") -> Package:
        """Open a package in full, and return it."""
        self.hear(approved(self, quantity=quantity))
        self.fill(LegRole.LONG)
        self.fill(LegRole.SHORT)
        assert self.package.state is PackageState.OPEN
        self.messages.clear()
        return self.package
