"""The whole core against an adversary: whatever happens in whatever order, the books are the venue's in the end."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.execution.fragile_venue import FragileVenue
from tests.unit.execution.messages import (
    FORGED_KEY,
    INSTRUMENTS,
    PAIR,
    PAIR_RATIO,
    PRICE,
    SECOND_VENUE,
    approved,
    book,
    closing,
    price_of,
    risk_state,
)
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.execution import AccountReported, LegFilled, OrderSent
from poise_common.contracts.packages import LegRole, OrderStyle, PackageApproved, PackageState
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_execution.domain.client_ids import approval_of
from poise_execution.domain.legs import LegState, leg_state
from poise_execution.domain.packages import Package, opening_side

CAP_USD = 50
NAKED_AT_MOST = timedelta(seconds=10)
SETTLED = {PackageState.OPEN, PackageState.CLOSED, PackageState.ABORTED, PackageState.HALTED}


class ExecutionMachine(RuleBasedStateMachine):
    """Approvals, reports in any order, a market that moves, halts, and processes that die."""

    @initialize(seed=st.integers(min_value=0, max_value=2**32))
    def begin(self, seed: int) -> None:
        random = Random(seed)  # noqa: S311 - seeded for repetition, guards nothing
        self.rig = Rig(venues=("paper", SECOND_VENUE)).ready()
        self.venue = FragileVenue(self.rig, random.randrange)
        self.random = random
        self.epoch = 1
        self.genuine: dict[Any, PackageApproved] = {}
        self.naked_since: dict[Any, datetime] = {}
        self.venue.denies = True
        self.venue.as_time_passes = self.what_is_naked_for_too_long_is_locked
        self.open_package("10")
        self.open_pair("10")
        self.venue.settle()

    @rule(quantity=st.sampled_from(["0.1", "3", "10"]))
    def open_package(self, quantity: str) -> None:
        self.approve(approved(self.rig, quantity=quantity, epoch=self.epoch))

    @rule(quantity=st.sampled_from(["0.4", "3", "10"]))
    def open_pair(self, quantity: str) -> None:
        self.approve(approved(self.rig, quantity=quantity, epoch=self.epoch, instruments=PAIR, ratio=PAIR_RATIO))

    @precondition(lambda self: self.closable())
    @rule(
        style=st.sampled_from([OrderStyle.POST_ONLY, OrderStyle.POST_ONLY, OrderStyle.IOC]),
        part=st.sampled_from(["1", "1", "0.5"]),
    )
    def close_package(self, style: OrderStyle, part: str) -> None:
        self.quote()
        package = self.random.choice(self.closable())
        quantities = {
            "quantity": str(package.long_held * Decimal(part)),
            "short_quantity": str(package.short_held * Decimal(part)),
        }
        self.approve(closing(self.rig, package, style=style, epoch=self.epoch, **quantities))

    @rule()
    def forge(self) -> None:
        self.rig.hear(approved(self.rig, key=FORGED_KEY, epoch=self.epoch))

    @precondition(lambda self: self.genuine)
    @rule()
    def replay(self) -> None:
        known = self.random.choice(list(self.genuine.values()))
        self.rig.hear(known.model_copy(update={"id": self.rig.new_id()}))

    @rule()
    def settle(self) -> None:
        self.venue.settle()

    @rule(times=st.integers(min_value=1, max_value=6))
    def happen(self, times: int) -> None:
        for _ in range(times):
            self.venue.step()

    @rule(times=st.integers(min_value=1, max_value=12))
    def progress(self, times: int) -> None:
        for _ in range(times):
            self.venue.arrive()
            self.venue.deliver()

    @rule(seconds=st.sampled_from([0.5, 1, 2]))
    def linger(self, seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            self.venue.pass_time(0.1)

    @rule(command=st.sampled_from([Halt, Flatten, Resume, Resume]))
    def command(self, command: type[Halt] | type[Flatten] | type[Resume]) -> None:
        self.rig.hear(self.rig.result(command, operator="ann", reason="drill"))

    @rule(mode=st.sampled_from([SystemMode.ACTIVE, SystemMode.ACTIVE, SystemMode.REDUCING, SystemMode.HALTED]))
    def change_mode(self, mode: SystemMode) -> None:
        self.epoch += 1
        self.rig.epoch, self.rig.mode = self.epoch, mode
        self.rig.hear(risk_state(self.rig, mode, epoch=self.epoch))

    @invariant()
    def each_order_is_sent_once_and_by_a_genuine_approval(self) -> None:
        assert set(self.venue.posts.values()) <= {1}
        approvals = {approval_of(client_order_id) for client_order_id in self.venue.posts}
        assert approvals <= self.genuine.keys()

    @invariant()
    def no_leg_has_two_orders_at_the_venue(self) -> None:
        # What the venue denies to have counts as gone, and another order may follow it.
        at_venue = {order.submit.client_order_id for order in self.venue.book.open_orders} - self.venue.denied
        legs = Counter((order.package_id, order.role) for order in map(self.rig.order, at_venue))
        assert set(legs.values()) <= {1}

    def what_is_naked_for_too_long_is_locked(self) -> None:
        """Hold what the venue itself has against the states: asked each time the clock moves."""
        for package in self.rig.state.packages.values():
            orders = self.rig.state.orders_of_package(package.package_id)
            if any(order.client_order_id in self.venue.denied for order in orders):
                continue  # what the venue denies can't be known: it is locked when it shows
            held = self.venue_holds(package)
            is_naked = abs(package.hedge.residual(held[LegRole.LONG], held[LegRole.SHORT])) * PRICE > CAP_USD
            if not is_naked or package.state is PackageState.HALTED:
                self.naked_since.pop(package.package_id, None)
                continue
            since = self.naked_since.setdefault(package.package_id, self.rig.now)
            assert self.rig.now - since <= NAKED_AT_MOST, "a residual beyond the cap was held without a lock"

    def teardown(self) -> None:
        if not hasattr(self, "rig"):
            return
        self.venue.calm_down()
        self.the_books_are_the_venues()
        for order in self.rig.state.orders.values():
            event(f"{order.style.value} {order.purpose.value} {order.state.value}")
        for package in self.rig.state.packages.values():
            event(f"package {package.state.value}")
            assert package.state in SETTLED
            hedged = abs(package.residual_delta) * PRICE <= CAP_USD
            assert hedged or package.state is PackageState.HALTED
            for role in LegRole:
                assert leg_state(self.rig.state.orders_of_leg(package.package_id, role)) is LegState.IDLE
        assert self.venue.book.open_orders == []
        assert self.rig.state.locks == {}, "our own doing was taken for somebody else's"

    def the_books_are_the_venues(self) -> None:
        trades = {trade.trade_id for order in self.venue.orders.values() for trade in order.trades}
        told = Counter(fill.trade_id for fill in self.rig.told(LegFilled))
        assert set(told.values()) <= {1}
        assert told.keys() == trades == {fill.trade_id for fill in self.rig.state.fills.values()}
        sent = [message.client_order_id for message in self.rig.told(OrderSent)]
        assert len(sent) == len(set(sent))
        assert set(self.venue.orders) <= set(sent)
        # A reading that is heard twice says the same twice; all else is told once.
        messages = [message for message in self.rig.messages if not isinstance(message, AccountReported)]
        ids = Counter(message.id for message in messages)
        repeats = [type(message).__name__ for message in messages if ids[message.id] > 1]
        assert repeats == [], "who takes each message once drops the second"
        for package in self.rig.state.packages.values():
            assert {role: package.held(role) for role in LegRole} == self.venue_holds(package)

    def venue_holds(self, package: Package) -> dict[LegRole, Decimal]:
        """Return what the trades of a package's own orders add up to."""
        held = dict.fromkeys(LegRole, Decimal(0))
        for client_order_id, order in self.venue.orders.items():
            own = self.rig.order(client_order_id)
            if own.package_id != package.package_id:
                continue
            for trade in order.trades:
                held[own.role] += trade.quantity if order.submit.side is opening_side(own.role) else -trade.quantity
                if trade.fee_currency == "ETH" and order.submit.side is Side.BUY:
                    held[own.role] -= trade.fee
        return held

    def quote(self) -> None:
        bid = self.random.choice((99.9, 99.98, 100.0))
        for instrument in (*INSTRUMENTS.values(), *PAIR.values()):
            times = float(price_of(instrument.id) / PRICE)
            self.rig.hear(book(self.rig, instrument, round(bid * times, 2), round((bid + 0.04) * times, 2)))

    def closable(self) -> list[Package]:
        return [
            package
            for package in self.rig.state.packages.values()
            if package.state in (PackageState.OPEN, PackageState.HALTED)
        ]

    def approve(self, message: PackageApproved) -> None:
        self.genuine[message.approval.approval_id] = message
        self.rig.hear(message)


ExecutionMachine.TestCase.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),  # shrinking takes minutes, and the steps are told anyway
)
TestExecutionCore = ExecutionMachine.TestCase
