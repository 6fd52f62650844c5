"""Keeps the holdings: from the first reading of an account on, every fill and payment moves them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.core import Output
from poise_common.domain.instruments import Instrument
from poise_execution.domain.accounts import AccountStanding, IncomeSeen
from poise_execution.domain.orders import Fill
from poise_execution.domain.reconciliation.accounting import (
    Change,
    Item,
    Trade,
    are_pooled,
    changes_of,
    funding_change,
    pooled,
)
from poise_execution.domain.reconciliation.holdings import History, Holding, Span, after
from poise_execution.domain.state import ExecutionState


class AccountBooks:
    """What each account should hold now, and has held a moment ago. An account without a first reading has no books."""

    def __init__(self, state: ExecutionState) -> None:
        self._state = state
        self._history = History()

    def are_open(self, venue: str) -> bool:
        return venue in self._state.standings

    def begin(self, venue: str, read: Mapping[Item, Decimal], as_of: datetime) -> list[Output]:
        """Take a reading as what the account holds."""
        holdings = [Holding(item=item, quantity=quantity) for item, quantity in read.items() if quantity]
        standing = AccountStanding(venue=venue, settled_at=as_of)
        return [self._state.put(standing), *(self._state.put(holding) for holding in holdings)]

    def filled(self, instrument: Instrument, fill: Fill, now: datetime) -> list[Output]:
        """Book a fill of ours."""
        trade = Trade(fill.side, fill.quantity, fill.price, fill.fee, fill.fee_currency)
        return self.changed(instrument.venue, changes_of(instrument, trade), now)

    def paid(self, income: IncomeSeen, now: datetime) -> list[Output]:
        """Book a funding payment."""
        return self.changed(income.venue, (funding_change(income.venue, income.currency, income.amount),), now)

    def changed(self, venue: str, changes: Iterable[Change], now: datetime) -> list[Output]:
        """Book changes of a venue's items."""
        if not self.are_open(venue):
            return []
        if are_pooled(venue, self._state.holdings):
            changes = tuple(change._replace(item=pooled(change.item)) for change in changes)
        outputs: list[Output] = []
        for holding in after(self._state.holdings, changes).values():
            before = self._state.holdings.get(holding.item, replace(holding, quantity=Decimal(0)))
            self._history.changed(before, now)
            outputs.append(self._state.put(holding))
        return outputs

    def items(self, venue: str) -> set[Item]:
        return {item for item in self._state.holdings if item.venue == venue}

    def quantity(self, item: Item) -> Decimal:
        held = self._state.holdings.get(item)
        return held.quantity if held else Decimal(0)

    def span(self, item: Item, since: datetime) -> Span:
        """Return where a holding has been since a time."""
        return self._history.span(item, self.quantity(item), since)
