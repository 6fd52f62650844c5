"""One reading of an account against what it may show, item by item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.execution import Difference
from poise_common.domain.instruments import Instrument
from poise_execution.domain.orders import Order
from poise_execution.domain.reconciliation.accounting import Item, are_pooled, cash_item, held_item, pooled
from poise_execution.domain.reconciliation.holdings import NOTHING, Span
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order of ours that may have filled beyond what is counted, by up to so much."""

    instrument: Instrument
    order: Order
    counted: Decimal

    @property
    def uncounted(self) -> Decimal:
        """Signed by the side."""
        return self.order.side.sign * max(self.order.quantity - self.counted, Decimal(0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a reading shows: items that can't be what they are by our books, and items that are within them."""

    differing: Mapping[Item, Difference]
    agreeing: Mapping[Item, Difference]
    """With what is expected and what is there, which may differ by rounding."""
    unclear: Mapping[Item, Difference]
    """Within what may be shown, but not what is booked by now: on its way, or a difference hidden by what is."""
    offsets: Mapping[Item, Decimal]
    """By how much each is off what is booked by now, but for what an open order of ours may have moved."""
    exact: frozenset[Item]
    """Compared with one quantity, not a span: nothing was on its way."""
    is_whole: bool
    """Nothing was left out because too much was on its way."""

    def with_orders(self, foreign: Mapping[Item, Difference], suspected: Iterable[Item]) -> "Comparison":
        """Return the comparison with the foreign orders that are open, and those suspected that are not any more."""
        gone = {item: _no_order(item) for item in suspected if item not in foreign}
        return Comparison(
            {**self.differing, **foreign},
            {**self.agreeing, **gone},
            self.unclear,
            {**self.offsets, **{item: line.actual - line.expected for item, line in foreign.items()}},
            self.exact | foreign.keys() | gone.keys(),
            self.is_whole,
        )

    @property
    def agrees(self) -> bool:
        return self.is_whole and not self.differing

    @property
    def is_settled(self) -> bool:
        """Say whether it agrees with nothing on its way: no trade of ours can have been missed."""
        return self.agrees and self.exact == self.agreeing.keys()


def expected_spans(
    spans: Mapping[Item, Span], open_orders: Iterable[OpenOrder], fee_currencies: frozenset[str]
) -> dict[Item, Span | None]:
    """Return what each item may show; None where an open order could have paid or earned any amount of it."""
    expected: dict[Item, Span | None] = dict(spans)
    unclear: set[Item] = set()
    for each in open_orders:
        held, cash = held_item(each.instrument), cash_item(each.instrument)
        if are_pooled(each.instrument.venue, spans):
            held, cash = pooled(held), pooled(cash)
        span = expected.get(held) or NOTHING
        expected[held] = span.widened(each.uncounted)
        unclear.add(cash)
        unclear |= {cash._replace(name=currency) for currency in fee_currencies}
    return expected | dict.fromkeys(unclear)


def compare(
    read: Mapping[Item, Decimal], expected: Mapping[Item, Span | None], parameters: ReconciliationParameters
) -> Comparison:
    """Hold a reading against what it may show; what is unknown to one of them is zero there."""
    differing: dict[Item, Difference] = {}
    agreeing: dict[Item, Difference] = {}
    unclear: dict[Item, Difference] = {}
    offsets: dict[Item, Decimal] = {}
    exact: set[Item] = set()
    is_whole = True
    for item in expected.keys() | read.keys():
        span = expected.get(item, NOTHING)
        if span is None:
            is_whole = False
            continue
        actual = read.get(item, Decimal(0))
        line = Difference(
            kind=item.kind,
            name=item.name,
            wallet=item.wallet,
            expected=min(max(actual, span.low), span.high),
            actual=actual,
        )
        tolerance = parameters.tolerance(item.name)
        if span.distance_of(actual) > tolerance:
            differing[item] = line
        elif span.is_exact or abs(actual - span.now) <= tolerance:
            agreeing[item] = line
        else:
            unclear[item] = line
        if item in differing or (item in unclear and not span.is_open):
            offsets[item] = actual - span.now
        if span.is_exact:
            exact.add(item)
    return Comparison(differing, agreeing, unclear, offsets, frozenset(exact), is_whole)


def _no_order(item: Item) -> Difference:
    nothing = Decimal(0)
    return Difference(kind=item.kind, name=item.name, wallet=item.wallet, expected=nothing, actual=nothing)
