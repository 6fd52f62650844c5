"""Holds each reading of an account against our books: own fills are found, the rest locks the venue."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.execution import DifferenceKind
from poise_common.domain.instruments import Instrument
from poise_execution.domain.effects import FetchAccountTrades
from poise_execution.domain.orders import OrderState
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.accounting import (
    Item,
    held_item,
    is_held_in,
    is_paid_from,
    items_read,
    pooled,
)
from poise_execution.domain.reconciliation.comparison import Comparison, OpenOrder, compare, expected_spans
from poise_execution.domain.reconciliation.evidence import foreign_causes, foreign_orders, order_item
from poise_execution.domain.reconciliation.lock_reports import baseline_alert
from poise_execution.domain.reconciliation.locking import update_lock
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters
from poise_execution.domain.reconciliation.suspicions import Suspicions
from poise_execution.domain.results import AccountFigures, AccountRead, AccountTradesFetched
from poise_execution.domain.state import ExecutionState

Instruments = Callable[[], Iterable[Instrument]]
"""All that is listed or held."""


@dataclass(slots=True)
class _Watch:
    """What is known of one venue since the start."""

    suspicions: Suspicions
    agreed_at: datetime | None = None
    clock_offset_ms: int | None = None


class Reconciler:
    """Decides what a reading means; a difference that no trade of ours explains locks when a second one shows it."""

    def __init__(
        self,
        parameters: ReconciliationParameters,
        state: ExecutionState,
        books: AccountBooks,
        instruments: Instruments,
    ) -> None:
        self._parameters = parameters
        self._state = state
        self._books = books
        self._instruments = instruments
        self._watches: dict[str, _Watch] = {}

    def agreed_at(self, venue: str) -> datetime | None:
        """Return the newest reading that agreed with our books, since the start."""
        return self._watch(venue).agreed_at

    def clock_offset_ms(self, venue: str) -> int | None:
        """Return the venue's clock less ours by the last reading; None where it gave none."""
        return self._watch(venue).clock_offset_ms

    def suspects(self, venue: str) -> frozenset[Item]:
        """Return the items that differed in the last reading that compared them."""
        return self._watch(venue).suspicions.differing

    def confirms_at(self, venue: str) -> datetime | None:
        """Return from when on a reading can confirm what is suspected; None where nothing new is."""
        return self._watch(venue).suspicions.next_at(self._disputed(venue))

    def begin(self, read: AccountRead, figures: AccountFigures, now: datetime, *, is_opening: bool) -> list[Output]:
        """Take an undisturbed reading as the first one: what the account holds from here on follows from it."""
        venue = read.venue
        items = items_read(venue, figures.balances, figures.positions)
        self._watch(venue).agreed_at = read.as_of
        outputs = self._books.begin(venue, items, read.as_of)
        return outputs if is_opening else [*outputs, Publish(baseline_alert(read, venue, len(items), now))]

    def compare(self, read: AccountRead, figures: AccountFigures, now: datetime) -> list[Output]:
        """Hold a reading against our books."""
        venue, watch = read.venue, self._watch(read.venue)
        outputs = self._forget_tolerated(read)
        comparison = self._comparison(read, figures).with_orders(
            foreign_orders(read, self._state, self._state.standings[venue].tolerated_orders),
            self._orders_disputed(venue),
        )
        watch.suspicions.seen(comparison, read.as_of)
        outputs += update_lock(self._state, read, comparison, watch.suspicions, now)
        if comparison.agrees:
            watch.agreed_at = read.as_of
            if comparison.is_settled:
                outputs.append(self._state.put(replace(self._state.standings[venue], settled_at=read.as_of)))
        if comparison.offsets and watch.suspicions.ask(comparison.offsets, self._disputed(venue)):
            outputs.append(Run(self._question(venue, comparison.offsets.keys())))
        return outputs

    def explain(self, fetched: AccountTradesFetched) -> None:
        """Take what the trades say of the differences."""
        if fetched.trades is None:
            self._watch(fetched.venue).suspicions.unexplained()
            return
        by_symbol = foreign_causes(fetched, self._state)
        causes = {
            item: by_symbol[instrument.symbol]
            for instrument in self._instruments()
            if instrument.venue == fetched.venue and instrument.symbol in by_symbol
            for item in (held_item(instrument), pooled(held_item(instrument)))
        }
        self._watch(fetched.venue).suspicions.explained(fetched.asked_at, causes)

    def needed_since(self, before: datetime) -> datetime:
        """Return the earlier of a time and the oldest trade that may still be asked for."""
        overlap = timedelta(seconds=self._parameters.trades_overlap_s)
        return min([before, *(standing.settled_at - overlap for standing in self._state.standings.values())])

    def acknowledged(self, venue: str) -> None:
        """Look anew: what was suspected is in the books now."""
        self._watch(venue).suspicions = Suspicions(self._parameters)

    def clock_read(self, read: AccountRead) -> None:
        """Take note of the venue's clock."""
        self._watch(read.venue).clock_offset_ms = read.clock_offset_ms

    def _watch(self, venue: str) -> _Watch:
        return self._watches.setdefault(venue, _Watch(Suspicions(self._parameters)))

    def _comparison(self, read: AccountRead, figures: AccountFigures) -> Comparison:
        venue = read.venue
        actual = items_read(venue, figures.balances, figures.positions)
        items = self._books.items(venue) | actual.keys() | self._disputed(venue) | self._watch(venue).suspicions.items
        since = read.as_of - timedelta(seconds=self._parameters.venue_lag_s)
        spans = {item: self._books.span(item, since) for item in items if item.kind is not DifferenceKind.ORDER}
        expected = expected_spans(spans, self._open_orders(venue), self._fee_currencies(venue))
        return compare(actual, expected, self._parameters)

    def _question(self, venue: str, differing: Collection[Item]) -> FetchAccountTrades:
        """Ask for the trades that may explain differences: of what differs, and of what we traded ourselves lately."""
        own = {order.symbol for order in self._state.orders.values() if order.venue == venue}
        instruments = {
            instrument.symbol: instrument
            for instrument in self._instruments()
            if instrument.venue == venue
            and any(
                is_held_in(instrument, item) or (instrument.symbol in own and is_paid_from(instrument, item))
                for item in differing
            )
        }
        standing = self._state.standings[venue]
        known = (
            (order.symbol, order.order_id)
            for order in self._state.orders.values()
            if order.venue == venue and order.state is OrderState.FINAL and order.order_id is not None
        )
        return FetchAccountTrades(
            venue=venue,
            instruments=tuple(instruments[symbol] for symbol in sorted(instruments)),
            since=standing.settled_at - timedelta(seconds=self._parameters.trades_overlap_s),
            known_orders=frozenset(known),
        )

    def _open_orders(self, venue: str) -> list[OpenOrder]:
        return [
            OpenOrder(
                self._state.packages[order.package_id].instrument(order.role),
                order,
                self._state.counted_quantity(order.client_order_id),
            )
            for order in self._state.orders.values()
            if order.venue == venue and not order.is_closed
        ]

    def _fee_currencies(self, venue: str) -> frozenset[str]:
        """Return what fees were paid in besides the traded currencies themselves."""
        fills = (fill for fill in self._state.fills.values() if fill.venue == venue)
        return frozenset(fill.fee_currency for fill in fills if fill.fee_currency != fill.symbol.partition("/")[0])

    def _orders_disputed(self, venue: str) -> set[Item]:
        return {
            item
            for item in self._disputed(venue) | self._watch(venue).suspicions.items
            if item.kind is DifferenceKind.ORDER
        }

    def _disputed(self, venue: str) -> frozenset[Item]:
        lock = self._state.locks.get(venue)
        return lock.items if lock else frozenset()

    def _forget_tolerated(self, read: AccountRead) -> list[Output]:
        standing = self._state.standings[read.venue]
        still_open = standing.tolerated_orders & {order_item(read.venue, each).name for each in read.open_orders}
        if still_open == standing.tolerated_orders:
            return []
        return [self._state.put(replace(standing, tolerated_orders=still_open))]
