"""What risk knows of the markets and of the portfolio: the newest of each."""

import sys
from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from decimal import Decimal
from functools import partial

from poise_common.contracts.market_data import FundingRate, OrderBook, Universe, UniverseAsset
from poise_common.contracts.state import CorrelationMatrix, HeldPackage, PhaseState, PortfolioState
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_risk.domain.gate.commitments import Commitments
from poise_risk.domain.knowledge.correlations import Clusters, SpreadCorrelations, is_square
from poise_risk.domain.knowledge.derivatives import MaintenanceRate
from poise_risk.domain.knowledge.liquidity import LiquidityNow, UsualLiquidity
from poise_risk.domain.knowledge.margins import MarginAccount, margin_accounts
from poise_risk.domain.knowledge.pegs import peg_deviations_pct
from poise_risk.domain.knowledge.remembered import Remembered
from poise_risk.domain.knowledge.standing import Packages, StandingPackages, is_held
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook

_NO_TIER = sys.maxsize
"""Below every tier there is."""


class Desk:
    """The newest books, universe and portfolio state; instruments are remembered when they leave the universe."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._books: dict[InstrumentId, OrderBook] = {}
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._tiers: dict[str, int] = {}
        self._funding: dict[InstrumentId, FundingRate] = {}
        self._listed: frozenset[InstrumentId] = frozenset()
        self._unlisted_since: dict[InstrumentId, datetime] = {}
        self._universe: Universe | None = None
        self._first_universe_at: datetime | None = None
        self.portfolio: PortfolioState | None = None
        self._phase: PhaseState | None = None
        self.correlations = SpreadCorrelations()
        self._clusters = Clusters()
        self._usual_liquidity = UsualLiquidity(rules)
        self._standing = StandingPackages()
        self._packages: Remembered[Packages] = Remembered()
        self._accounts: Remembered[Mapping[str, MarginAccount]] = Remembered()
        self._maintenance_rate: Remembered[MaintenanceRate] = Remembered()

    def take_book(self, book: OrderBook) -> None:
        """Keep a book unless a later one is known: while two processes publish it, one of them may be behind."""
        instrument = InstrumentId(book.venue, book.symbol)
        known = self._books.get(instrument)
        if known is None or book.received_at >= known.received_at:
            self._books[instrument] = book
            self._usual_liquidity.take(book)

    def take_funding(self, funding: FundingRate) -> None:
        """Keep a running rate unless a later one is known."""
        instrument = InstrumentId(funding.venue, funding.symbol)
        known = self._funding.get(instrument)
        if known is None or funding.received_at >= known.received_at:
            self._funding[instrument] = funding

    def take_universe(self, universe: Universe) -> None:
        self._first_universe_at = self._first_universe_at or universe.as_of
        self._universe = universe
        self._tiers = {}
        for asset in universe.assets:
            self._tiers[asset.asset] = min(asset.tier, self._tiers.get(asset.asset, asset.tier))
        listed = {each.id: each for asset in universe.assets for each in asset.instruments}
        self._instruments = {**self._instruments, **listed}
        self._listed = frozenset(listed)
        known_longer = self._unlisted_since
        self._unlisted_since = {
            each: known_longer.get(each, universe.as_of) for each in self._instruments if each not in self._listed
        }

    def take_portfolio(self, state: PortfolioState) -> bool:
        """Take a newer state; say whether it was newer."""
        if self.portfolio is not None and state.as_of < self.portfolio.as_of:
            return False
        self.portfolio = state
        return True

    def take_phase(self, state: PhaseState) -> None:
        """Take a newer phase."""
        if self._phase is None or state.as_of >= self._phase.as_of:
            self._phase = state

    def take_correlations(self, matrix: CorrelationMatrix) -> None:
        """Take a newer matrix of spread returns, or of 90 days for its clusters; one that is not square is nothing."""
        if not is_square(matrix):
            return
        match matrix.window:
            case "spread_returns" if self.correlations.as_of is None or matrix.as_of >= self.correlations.as_of:
                self.correlations = SpreadCorrelations(matrix)
            case "90d" if self._clusters.as_of is None or matrix.as_of >= self._clusters.as_of:
                self._clusters = Clusters(matrix)
            case _:
                pass

    @property
    def phase(self) -> int | None:
        """The phase that the desk is in, as the portfolio last said; None before it has."""
        return None if self._phase is None else self._phase.phase

    def remember(self, instrument: Instrument) -> None:
        """Learn an instrument's rules from where they were kept; the universe's own win."""
        self._instruments = {instrument.id: instrument, **self._instruments}

    def book(self, instrument_id: InstrumentId) -> OrderBook | None:
        return self._books.get(instrument_id)

    def fresh_book(self, instrument_id: InstrumentId, now: datetime) -> OrderBook | None:
        """Return an instrument's book if it is young enough to price by and has both sides."""
        book = self._books.get(instrument_id)
        if book is None or now - book.received_at > self._rules.staleness.book_age_max:
            return None
        return book if book.bids and book.asks else None

    def fresh_funding(self, instrument_id: InstrumentId, now: datetime) -> FundingRate | None:
        """Return a perpetual's funding if it was heard of lately."""
        funding = self._funding.get(instrument_id)
        return None if funding is None or now - funding.received_at > self._rules.staleness.funding_age_max else funding

    def liquidity(self, instrument_id: InstrumentId) -> LiquidityNow | None:
        """Return how an instrument's book is against what is usual of it; None where either is not known."""
        book = self._books.get(instrument_id)
        return None if book is None else self._usual_liquidity.compared(book)

    def instrument(self, instrument_id: InstrumentId) -> Instrument | None:
        return self._instruments.get(instrument_id)

    def listed(self, instrument_id: InstrumentId) -> Instrument | None:
        """Return an instrument that the universe has now."""
        return self._instruments.get(instrument_id) if instrument_id in self._listed else None

    def unlisted_since(self, instrument_id: InstrumentId) -> datetime | None:
        """Return when the universe first had an instrument no more; None while it has it, or is not known."""
        if instrument_id in self._listed:
            return None
        return self._unlisted_since.get(instrument_id, self._first_universe_at)

    def tier(self, assets: Iterable[str]) -> int | None:
        """Return the lowest tier that the universe has any of these assets in; None where it has one of them not."""
        tiers = [self._tiers.get(asset, _NO_TIER) for asset in assets]
        lowest = max(tiers, default=_NO_TIER)
        return None if lowest == _NO_TIER else lowest

    def listing(self, instrument_id: InstrumentId) -> UniverseAsset | None:
        """Return the universe's line that has an instrument."""
        assets = () if self._universe is None else self._universe.assets
        return next((asset for asset in assets if any(each.id == instrument_id for each in asset.instruments)), None)

    def held(self) -> tuple[HeldPackage, ...]:
        """Packages that hold something, by the ledger."""
        return () if self.portfolio is None else tuple(filter(is_held, self.portfolio.packages))

    def packages(self, commitments: Commitments) -> Packages:
        held = () if self.portfolio is None else self.portfolio.packages
        return self._packages.of((self.portfolio, commitments), lambda: self._standing.of(held, commitments))

    def accounts(self, packages: Packages) -> Mapping[str, MarginAccount]:
        accounts = () if self.portfolio is None else self.portfolio.accounts
        instruments, config = self._instruments, self._rules.config
        rate = self._maintenance_rate.of((instruments, config), lambda: partial(_maintenance_rate, instruments, config))
        return self._accounts.of((accounts, packages, rate), lambda: margin_accounts(accounts, packages, rate))

    def peg_deviations_pct(self, now: datetime, *, among: Set[str] | None = None) -> dict[str, Decimal]:
        """Return how far stablecoins are off their pegs: all that are known, or those among these currencies."""
        return peg_deviations_pct(self._universe, self._books, now, self._rules.staleness.peg_age_max, among=among)

    def clusters(self, now: datetime) -> Clusters:
        """Return the clusters as last measured; of stale ones nothing is known."""
        as_of = self._clusters.as_of
        stale_after = self._rules.staleness.clusters_age_max
        return self._clusters if as_of is not None and now - as_of <= stale_after else Clusters()

    def silent_since(self, venue: str, started: datetime) -> datetime:
        """Return when the last book of any instrument held at a venue came; the start where none did."""
        symbols = {
            InstrumentId(leg.venue, leg.symbol)
            for package in self.held()
            for leg in (package.long_leg, package.short_leg)
            if leg.venue == venue
        }
        times = [self._books[each].received_at for each in symbols if each in self._books]
        return max([started, *times])


def _maintenance_rate(
    instruments: Mapping[InstrumentId, Instrument], config: LimitsConfig, instrument_id: InstrumentId
) -> Decimal:
    instrument = instruments.get(instrument_id)
    if instrument is None:
        return config.unknown_maintenance_margin_pct / 100
    return instrument.maintenance_margin_rate
