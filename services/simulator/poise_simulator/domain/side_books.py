"""Books beside the standing ones: spot pairs with a schedule of their own, and dated futures."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.candles import CandleSeries
from poise_simulator.domain.catalog import cross_instrument, cross_profile, dated_instrument
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.dated.contracts import DatedContract
from poise_simulator.domain.dated.futures import DatedFutures
from poise_simulator.domain.dated.terms import Term
from poise_simulator.domain.events import Event
from poise_simulator.domain.history import History
from poise_simulator.domain.instruments import Instrument, Market, TradingStatus
from poise_simulator.domain.levers import MarketLevers
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.market import SyntheticMarket
from poise_simulator.domain.places import Outlook
from poise_simulator.domain.quoted_books import BookPlan, Pace, QuotedBooks, Sweep

FloatArray = npt.NDArray[np.float64]
Listings = dict[tuple[Market, str], Listing]


class SideBooks:
    """What a venue lists besides, put into its listings; none of it changes what the standing books do."""

    def __init__(
        self,
        config: ExchangeConfig,
        outlook: Outlook,
        market: SyntheticMarket,
        *,
        history: History,
        levers: MarketLevers,
        listings: Listings,
        events: list[Event],
        start_ms: int,
        pace: Pace,
        sweep: Sweep,
    ) -> None:
        """List and quote everything as it stands at `start_ms`. Raises ValueError for assets that there are not."""
        self._config = config
        self._history = history
        self._market = market
        self._listings = listings
        self._events = events
        self._start_ms = start_ms
        self._make_books = partial(QuotedBooks, levers=levers, pace=pace, sweep=sweep, seed=outlook.seed)
        self._columns = {asset.base: column for column, asset in enumerate(config.assets)}
        pairs = [*self._drawn_apart(), *self._crossed()]
        self._quotes = np.array([quote for _, quote in pairs], dtype=np.intp)
        self._pairs = self._make_books([plan for plan, _ in pairs], schedule=("schedule of pairs",)) if pairs else None
        if self._pairs is not None:
            self._pairs.open(self._pair_prices(self._pairs), start_ms)
        self._dated = None
        if config.dated is not None:
            self._dated = DatedFutures(
                config.assets,
                config.dated,
                outlook.regimes.basis,
                events,
                seed=outlook.seed,
                start_ms=start_ms,
                step_s=pace.step_s,
                list_contract=self._list_contract,
                quote=lambda plans, schedule: self._make_books(plans, schedule=schedule),
            )
            self._dated.open(market.index_prices, market.own_prices, start_ms)

    def contract(self, symbol: str) -> DatedContract | None:
        """Find a dated future, delivered ones too; None for what is none."""
        return None if self._dated is None else self._dated.contracts.get(symbol)

    def step(self, time_ms: int) -> None:
        """Requote and trade the books that are due."""
        if self._pairs is not None:
            self._pairs.step(self._pair_prices(self._pairs), time_ms)
        if self._dated is not None:
            self._dated.step(self._market.own_prices, time_ms)

    def update_marks(self, time_ms: int) -> None:
        """Count one second of the dated futures."""
        if self._dated is not None:
            self._dated.update_marks(self._market.index_prices, self._market.own_prices, time_ms)

    def roll(self, time_ms: int, deliver: Callable[[DatedContract], None]) -> None:
        """Have what expired delivered, list what comes after it, and take what was shown long enough off the lists."""
        if self._dated is None:
            return
        due = self._dated.take_due(time_ms)
        for contract in due:
            deliver(contract)
        if due:
            self._dated.open(self._market.index_prices, self._market.own_prices, time_ms)
        for symbol in self._dated.take_past_showing(time_ms):
            self._listings[Market.FUTURES, symbol].set_status(TradingStatus.DELISTED)

    def _drawn_apart(self) -> Sequence[tuple[BookPlan, int]]:
        """Plan the spot books of assets that are drawn apart: they are listed already."""
        return [
            (BookPlan(column, self._listings[Market.SPOT, asset.symbol], asset.spot, asset.price), -1)
            for column, asset in enumerate(self._config.assets)
            if asset.is_drawn_apart
        ]

    def _crossed(self) -> Sequence[tuple[BookPlan, int]]:
        """List the pairs in other quotes."""
        plans = []
        for base, quote in self._config.cross_pairs:
            missing = [name for name in (base, quote) if name not in self._columns]
            if missing:
                message = f"cross_pairs {base}/{quote}: the venue has no {', '.join(missing)}"
                raise ValueError(message)
            asset, profile = self._asset(base), cross_profile(self._asset(base))
            instrument = cross_instrument(asset, quote, profile, self._config)
            listing = self._list(instrument, self._columns[base], profile, np.zeros_like, 0)
            plans.append((BookPlan(self._columns[base], listing, profile, asset.price), self._columns[quote]))
        return plans

    def _pair_prices(self, pairs: QuotedBooks) -> FloatArray:
        """Price each pair by its base's price in what all is quoted in, and its quote's."""
        spot = self._market.spot_prices
        prices: FloatArray = spot[pairs.columns] / np.where(self._quotes >= 0, spot[self._quotes], 1.0)
        return prices

    def _list_contract(
        self, column: int, term: Term, profile: MarketProfile, premiums: Callable[[FloatArray], FloatArray]
    ) -> Listing:
        instrument = dated_instrument(self._config.assets[column], profile, term, self._config)
        return self._list(instrument, column, profile, premiums, term.listed_ms)

    def _list(
        self,
        instrument: Instrument,
        column: int,
        profile: MarketProfile,
        premiums: Callable[[FloatArray], FloatArray],
        since_ms: int,
    ) -> Listing:
        past = partial(self._history.rows_over_index, column, profile, instrument.symbol, premiums, since_ms)
        now_ms = max(self._start_ms, since_ms)
        price = float(self._market.own_prices[column] * (1.0 + premiums(np.array([float(now_ms)]))[0]))
        listing = Listing(instrument, CandleSeries(now_ms, price, past), self._events)
        self._listings[instrument.market, instrument.symbol] = listing
        return listing

    def _asset(self, base: str) -> AssetProfile:
        return self._config.assets[self._columns[base]]
