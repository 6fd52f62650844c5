"""Marks, predicted funding and settlements of all perpetuals."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.events import Event, FundingSettled, MarkPriceUpdated
from poise_simulator.domain.funding import PremiumAverages, funding_rate, next_settlement_ms, to_rate
from poise_simulator.domain.views import FundingRate, MarkPrice

FloatArray = npt.NDArray[np.float64]

KEPT_SETTLEMENTS = 1_000
MARK_AVERAGE_S = 150.0
"""The venue averages the basis over 2.5 minutes for its mark."""


@dataclass(slots=True)
class PerpetualState:
    """One perpetual's reference figures. `past` makes settlements before start."""

    symbol: str
    interval_s: int
    past: Callable[[], list[FundingRate]]
    next_funding_ms: int
    mark: Decimal = Decimal(0)
    index: Decimal = Decimal(0)
    rate: Decimal = Decimal(0)
    last_rate: Decimal = Decimal(0)
    settled: deque[FundingRate] = field(default_factory=lambda: deque(maxlen=KEPT_SETTLEMENTS))
    _is_past_loaded: bool = False

    def history(self) -> list[FundingRate]:
        """List settlements, oldest first, with those before start."""
        if not self._is_past_loaded:
            self.settled.extendleft(reversed(self.past()))
            self._is_past_loaded = True
        return list(self.settled)


class Perpetuals:
    """Reference prices and rates by column; columns are the perpetuals in their order."""

    def __init__(
        self,
        states: Sequence[PerpetualState],
        base_premiums: FloatArray,
        premium_window_s: int,
        interest_per_8h: Decimal,
        events: list[Event],
    ) -> None:
        """Average premiums over each interval, or over `premium_window_s` where that is longer."""
        self.states = {state.symbol: state for state in states}
        self._columns = list(states)
        self._averages = PremiumAverages(base_premiums, [max(state.interval_s, premium_window_s) for state in states])
        self._interest_per_8h = interest_per_8h
        self._basis: FloatArray = base_premiums.copy()
        self._events = events

    def update(
        self, time_ms: int, index: FloatArray, mid: FloatArray, last: FloatArray, fixed_rates: Mapping[str, float]
    ) -> None:
        """Count one second: premium samples, marks, predicted rates; `fixed_rates` by symbol replace predicted ones.

        Premiums are of the mid to the index. The mark is the venue's: the median of the index with
        funding still to accrue, the index with the averaged basis, and the last price.
        """
        premium = mid / index - 1.0
        self._averages.add(premium)
        self._basis = self._basis + (premium - self._basis) / MARK_AVERAGE_S
        self._predict(fixed_rates)
        left = np.array([(s.next_funding_ms - time_ms) / (s.interval_s * 1_000) for s in self._columns])
        rates = np.array([float(state.rate) for state in self._columns])
        funded, averaged = index * (1.0 + rates * left), index * (1.0 + self._basis)
        low, high = np.minimum(funded, averaged), np.maximum(funded, averaged)
        marks = np.maximum(low, np.minimum(high, last))
        for state, mark, index_price in zip(self._columns, marks.tolist(), index.tolist(), strict=True):
            state.mark = Decimal(f"{mark:.8f}")
            state.index = Decimal(f"{index_price:.8f}")
            self._events.append(
                MarkPriceUpdated(state.symbol, time_ms, state.mark, state.index, state.rate, state.next_funding_ms)
            )

    def settle_due(self, time_ms: int) -> list[FundingSettled]:
        """Settle every perpetual whose funding time has come; returns what was settled."""
        settled = []
        for state in self._columns:
            if state.next_funding_ms > time_ms:
                continue
            at_ms = state.next_funding_ms
            event = FundingSettled(state.symbol, at_ms, state.rate, state.mark)
            self._events.append(event)
            state.settled.append(FundingRate(state.symbol, at_ms, state.rate, state.mark))
            state.last_rate = state.rate
            state.next_funding_ms = next_settlement_ms(time_ms, state.interval_s)
            settled.append(event)
        return settled

    def view(self, symbol: str, time_ms: int) -> MarkPrice:
        """Show one perpetual's reference figures."""
        state = self.states[symbol]
        return MarkPrice(
            symbol=symbol,
            time_ms=time_ms,
            mark=state.mark,
            index=state.index,
            funding_rate=state.rate,
            last_funding_rate=state.last_rate,
            interest_rate=self._interest_per_8h * state.interval_s / 28_800,
            next_funding_ms=state.next_funding_ms,
            interval_s=state.interval_s,
            settle_estimate=state.index,
        )

    def _predict(self, fixed_rates: Mapping[str, float]) -> None:
        interest = float(self._interest_per_8h)
        for state, premium in zip(self._columns, self._averages.means.tolist(), strict=True):
            fixed = fixed_rates.get(state.symbol)
            state.rate = to_rate(funding_rate(premium, interest, state.interval_s) if fixed is None else fixed)
