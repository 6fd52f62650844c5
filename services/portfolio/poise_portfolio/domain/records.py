"""What the portfolio writes down: each record is one row (or a few) of its schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.execution import AccountReported, DifferenceAcknowledged, FundingPaid, LegFilled
from poise_common.contracts.market_data import CandleInterval
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import CorrelationMatrix, ResultSplit
from poise_common.domain.instruments import Side
from poise_portfolio.domain.hindsight.records import HindsightBooks
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.external import NOTHING_EXTERNAL, External
from poise_portfolio.domain.ledger.packages import AssetTotals, Dust, Package
from poise_portfolio.domain.ledger.positions import ZERO, Position
from poise_portfolio.domain.ledger.track_records import Tally
from poise_portfolio.domain.phases.records import PhaseBooks
from poise_portfolio.domain.rebalancing.records import RebalancingBooks


class TradeKey(NamedTuple):
    """What makes a fill one and the same, however often it is told; two orders of ours may share a trade."""

    venue: str
    symbol: str
    trade_id: str
    side: Side


class IncomeKey(NamedTuple):
    """What makes a funding payment one and the same."""

    venue: str
    symbol: str
    income_id: str


@dataclass(frozen=True, slots=True)
class Cash:
    """The ledger's balance of one currency in one wallet."""

    venue: str
    wallet: str
    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """The ledger's position in a derivative, over all packages, as the venue nets it."""

    venue: str
    symbol: str
    position: Position
    is_provisional: bool = False
    """Its cost is ours, not yet the venue's: something that was not ours traded it."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Differences that the operator took as they are, and what they changed. One for each lock, never changed."""

    news: DifferenceAcknowledged
    external: External


@dataclass(frozen=True, slots=True)
class Account:
    """A venue account as it was last read, and what of it the ledger cannot explain."""

    venue: str
    opened_at: datetime
    reported_at: datetime
    margin_balance_usd: Decimal
    initial_margin_usd: Decimal
    maintenance_margin_usd: Decimal
    residual_usd: Decimal = ZERO
    is_alerting: bool = False
    brought_usd: Decimal = ZERO
    """What it was worth when it was opened, where the desk was measured already: neither earned nor lost."""


@dataclass(frozen=True, slots=True)
class BookedFill:
    """A fill with what it meant for its package."""

    fill: LegFilled
    fee_usd: Decimal
    realised_pnl_usd: Decimal
    slippage_usd: Decimal


@dataclass(frozen=True, slots=True)
class BookedFunding:
    """A funding payment and how it was shared among the packages that earned it."""

    payment: FundingPaid
    amount_usd: Decimal
    shares_usd: Mapping[UUID, Decimal]


@dataclass(frozen=True, slots=True)
class ComparedReport:
    """A venue's report beside the ledger."""

    report: AccountReported
    residual_usd: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """What risk decided: kept for what rejected packages would have made."""

    decided: PackageDecided


@dataclass(frozen=True, slots=True)
class DayStart:
    """Equity and each asset's P&L to date as the UTC day began."""

    day: date
    equity_usd: Decimal
    asset_pnl_usd: Mapping[str, Decimal]
    """Scaled by what was brought in or taken out since."""
    asset_results: Mapping[str, ResultSplit] = field(default_factory=dict)
    """The same as it was made of, not scaled."""


@dataclass(frozen=True, slots=True)
class HighWaterMark:
    """The most that the desk was ever worth."""

    equity_usd: Decimal
    reached_at: datetime


@dataclass(frozen=True, slots=True)
class EquitySnapshot:
    """The desk's figures at a moment."""

    as_of: datetime
    equity_usd: Decimal
    realised_pnl_usd: Decimal
    unrealised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    exposure_usd: Decimal
    net_delta_usd: Decimal
    net_gamma_usd: Decimal
    ledger_residual_usd: Decimal
    external_usd: Decimal


class CandleRow(NamedTuple):
    """A closed candle; opening time in Unix ms."""

    venue: str
    symbol: str
    asset: str
    interval: str
    opened_at_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles to be written at once."""

    rows: tuple[CandleRow, ...]


class MeanCorrelation(NamedTuple):
    """A stored matrix' mean off its diagonal, and whether it was a spike."""

    window: str
    as_of: datetime
    mean_rho: float
    is_spike: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """A correlation matrix, and since when such matrices are kept."""

    matrix: CorrelationMatrix
    keep_since: datetime
    is_spike: bool = False


@dataclass(frozen=True, slots=True)
class CloseSeries:
    """The stored closes of one asset's candles: opening times in Unix ms beside prices, in time order."""

    venue: str
    symbol: str
    asset: str
    interval: CandleInterval
    opened_at_ms: tuple[int, ...]
    closes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """All that the portfolio is built from after a start: what its records add up to."""

    cash: tuple[Cash, ...] = ()
    positions: tuple[HeldPosition, ...] = ()
    accounts: tuple[Account, ...] = ()
    packages: tuple[Package, ...] = ()
    ended_packages: frozenset[UUID] = frozenset()
    """Those that ended too long ago to be among `packages`."""
    tallies: tuple[Tally, ...] = ()
    """What those of them came to that were closed."""
    totals: tuple[AssetTotals, ...] = ()
    dust: tuple[Dust, ...] = ()
    coins: tuple[SettledCoin, ...] = ()
    trades: frozenset[TradeKey] = frozenset()
    incomes: frozenset[IncomeKey] = frozenset()
    traded_prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    acknowledged_locks: frozenset[UUID] = frozenset()
    external: External = NOTHING_EXTERNAL
    day_start: DayStart | None = None
    high_water_mark: HighWaterMark | None = None
    closes: tuple[CloseSeries, ...] = ()
    mean_correlations: tuple[MeanCorrelation, ...] = ()
    """Of the last day, oldest first."""
    hindsight: HindsightBooks = field(default_factory=HindsightBooks)
    phases: PhaseBooks = field(default_factory=PhaseBooks)
    rebalancing: RebalancingBooks = field(default_factory=RebalancingBooks)
