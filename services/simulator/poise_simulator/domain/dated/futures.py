"""All dated futures of a venue: listed, quoted, marked, and handed over for delivery when they expire."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.dated.calendar import Calendar, date_code
from poise_simulator.domain.dated.contracts import DatedContract
from poise_simulator.domain.dated.premiums import AnnualPremiums
from poise_simulator.domain.dated.terms import DatedTerms, Term
from poise_simulator.domain.events import ContractListed, Event, MarkPriceUpdated
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.quoted_books import BookPlan, QuotedBooks
from poise_simulator.domain.regimes import BasisRegime

FloatArray = npt.NDArray[np.float64]

ZERO = Decimal(0)
DEPTH_SHARE = 0.15
VOLUME_SHARE = 0.02
TRADES_SHARE = 0.1
SPREAD_MULTIPLE = 4.0
"""Of the asset's perpetual: dated futures are the thinner market."""

List = Callable[[int, Term, MarketProfile, Callable[[FloatArray], FloatArray]], Listing]
"""List a contract of (asset column, term, liquidity) whose past premiums are a function of (times in ms)."""
Quote = Callable[[Sequence[BookPlan], tuple[str, ...]], QuotedBooks]
"""Make books on a schedule of a name."""


@dataclass(slots=True)
class _Series:
    """All contracts of one term."""

    term: Term
    contracts: list[DatedContract]
    books: QuotedBooks


class DatedFutures:
    """Contracts by symbol, series by term; premiums over the index by asset."""

    def __init__(
        self,
        assets: Sequence[AssetProfile],
        terms: DatedTerms,
        regime: BasisRegime,
        events: list[Event],
        *,
        seed: int,
        start_ms: int,
        step_s: float,
        list_contract: List,
        quote: Quote,
    ) -> None:
        """List nothing yet; assets without a perpetual have no dated futures. Raises ValueError for unknown ones."""
        columns = {asset.base: column for column, asset in enumerate(assets) if asset.perpetual is not None}
        missing = [base for base in terms.assets if base not in columns]
        if missing:
            message = f"dated futures of {', '.join(missing)}: the venue has no perpetual of them"
            raise ValueError(message)
        self.contracts: dict[str, DatedContract] = {}
        self._assets = assets
        self._columns = [columns[base] for base in terms.assets]
        self._terms = terms
        self._base_apr = regime.base_apr
        self._events = events
        self._start_ms = start_ms
        self._calendar = Calendar(terms, start_ms)
        self._premiums = AnnualPremiums(len(self._columns), regime, seed, step_s)
        self._list_contract = list_contract
        self._quote = quote
        self._series: list[_Series] = []

    def open(self, index: FloatArray, own: FloatArray, time_ms: int) -> None:
        """List every term that trades now and is not listed yet, and quote it.

        Prices go by what the venue makes of the index (`own`), delivery by the index itself; both by asset.
        """
        known = {series.term.expires_ms for series in self._series}
        for term in self._calendar.listed_at(time_ms):
            if term.expires_ms in known:
                continue
            contracts, plans = [], []
            window_s = max(1, min(term.window_s, (term.expires_ms - time_ms) // 1_000))
            for column in self._columns:
                profile = _thinner(self._assets[column])
                listing = self._list_contract(column, term, profile, self._past_premiums(term))
                contracts.append(DatedContract(listing, column, term, window_s))
                plans.append(BookPlan(column, listing, profile, float(own[column])))
            series = _Series(term, contracts, self._quote(plans, ("dated schedule", date_code(term.expires_ms))))
            prices = self._prices(series, own, time_ms)
            series.books.open(prices, time_ms)
            for contract, price in zip(contracts, prices.tolist(), strict=True):
                contract.open(float(index[contract.column]), price)
                self.contracts[contract.symbol] = contract
                self._events.append(ContractListed(contract.symbol, time_ms))
            self._series.append(series)

    def step(self, own: FloatArray, time_ms: int) -> None:
        """Move the premiums; requote and trade the books that are due."""
        self._premiums.step((time_ms - self._start_ms) / 1_000)
        for series in self._series:
            series.books.step(self._prices(series, own, time_ms), time_ms)

    def update_marks(self, index: FloatArray, own: FloatArray, time_ms: int) -> None:
        """Count one second of every contract."""
        for series in self._series:
            mids = self._prices(series, own, time_ms).tolist()
            for contract, mid in zip(series.contracts, mids, strict=True):
                contract.sample(time_ms, float(index[contract.column]), mid)
                self._events.append(
                    MarkPriceUpdated(contract.symbol, time_ms, contract.mark, contract.index, ZERO, next_funding_ms=0)
                )

    def take_due(self, time_ms: int) -> list[DatedContract]:
        """Close the books of what has expired, and return it."""
        due = [series for series in self._series if series.term.expires_ms <= time_ms]
        self._series = [series for series in self._series if series.term.expires_ms > time_ms]
        for series in due:
            series.books.close(time_ms)
        return [contract for series in due for contract in series.contracts]

    def take_past_showing(self, time_ms: int) -> list[str]:
        """Forget the contracts that were delivered long enough ago; returns their symbols."""
        shown_ms = self._terms.shown_after_delivery_s * 1_000
        past = [symbol for symbol, one in self.contracts.items() if one.term.expires_ms + shown_ms <= time_ms]
        for symbol in past:
            del self.contracts[symbol]
        return past

    def _prices(self, series: _Series, own: FloatArray, time_ms: int) -> FloatArray:
        fair = np.array([contract.fair(float(own[contract.column])) for contract in series.contracts])
        prices: FloatArray = fair * (1.0 + self._premiums.over_index(series.term.years_left(time_ms)))
        return prices

    def _past_premiums(self, term: Term) -> Callable[[FloatArray], FloatArray]:
        def premiums(times_ms: FloatArray) -> FloatArray:
            return np.array([self._base_apr * term.years_left(time_ms) for time_ms in times_ms.tolist()])

        return premiums


def _thinner(asset: AssetProfile) -> MarketProfile:
    perpetual = asset.perpetual
    if perpetual is None:
        raise AssertionError(f"{asset.base} has no perpetual")
    return replace(
        perpetual,
        depth_usd=perpetual.depth_usd * DEPTH_SHARE,
        spread_bps=perpetual.spread_bps * SPREAD_MULTIPLE,
        volume_24h_usd=perpetual.volume_24h_usd * VOLUME_SHARE,
        trades_per_s=perpetual.trades_per_s * TRADES_SHARE,
    )
