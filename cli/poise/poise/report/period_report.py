"""The report of a period as values: what is printed, drawn, and written as JSON."""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from poise.report.book.equity import Acknowledgement
from poise.report.book.hindsight import FundingCalibration, RefusedByLimit
from poise.report.book.matrices import Matrix
from poise.report.book.plans import PlanOfWeights
from poise.report.period import Period
from poise_common.contracts.packages import PackageState
from poise_common.domain.value import Value
from poise_portfolio.domain.performance.metrics import Metrics
from poise_portfolio.domain.performance.trades import PnlShares


class Worth(Value):
    """What the desk was worth at a moment; drawdown as a share of the highest level before, transfers taken out."""

    at: AwareDatetime
    equity_usd: Decimal
    drawdown: float


class Part(StrEnum):
    """What a result is made of."""

    PRICE = "price"
    """At the prices of the decisions: slippage stands beside it."""
    FUNDING = "funding"
    FEES = "fees"
    BORROW = "borrow"
    SLIPPAGE = "slippage"
    FOREIGN = "foreign"
    """Trades that were not the desk's, as a person acknowledged them."""
    OTHER = "other"
    """What the account held before the desk began, at today's prices, and what the ledger cannot explain."""


class PartOfPnl(Value):
    """One part of a result: negative is a loss or a cost."""

    part: Part
    usd: Decimal


class Equity(Value):
    """The desk's result: what it was worth, what of the change was brought in, and what the rest is made of."""

    start_at: AwareDatetime
    end_at: AwareDatetime
    start_usd: Decimal
    end_usd: Decimal
    transfers_usd: Decimal
    net_usd: Decimal
    """Change less transfers; the parts add up to it."""
    parts: tuple[PartOfPnl, ...]
    exposure_usd: Decimal
    unrealised_usd: Decimal
    """Of the packages that are held at the end, by their marks."""
    residual_usd: Decimal
    """By how much the venues' balances differ from the ledger at the end, unsigned."""
    risk_free_rate: float
    metrics: Metrics
    curve: tuple[Worth, ...]


class PackageLine(Value):
    """One package, its whole life and not the period's part of it. Costs are positive; None: unknown while held."""

    package_id: UUID
    strategy: str
    asset: str
    venue: str
    state: PackageState
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None
    held_h: float
    exposure_usd: Decimal
    price_usd: Decimal | None
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    net_usd: Decimal | None
    realised_apr: float | None
    expected_apr: float | None


class ResultLine(Value):
    """Results of packages that ended in the period, summed up. Costs are positive; None: not defined."""

    name: str
    packages: int
    win_rate: float | None
    profit_factor: float | None
    net_usd: Decimal
    price_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    mean_holding_h: float | None
    realised_apr: float | None
    expected_apr: float | None
    shares: PnlShares | None
    metrics: Metrics | None
    """Of what they made as each ended, on the desk's worth at the start, less no risk-free rate; None where that is not
    known."""


class Weight(Value):
    """How much of the equity an asset's packages take, at their entry prices, and how much a plan wanted."""

    asset: str
    weight: float
    target: float | None
    """None where the plan could not say, or there was none."""


class PeriodReport(Value):
    """What the desk made in a period, and by what."""

    period: Period
    made_at: AwareDatetime
    book_from: AwareDatetime | None
    book_until: AwareDatetime | None
    """From when to when the book has the desk's worth; None: never."""
    equity: Equity | None
    """None where the book has nothing of the period."""
    acknowledgements: tuple[Acknowledgement, ...]
    ended: tuple[PackageLine, ...]
    """Packages that ended in the period, newest first."""
    held: tuple[PackageLine, ...]
    """Those held when it ended, with what is booked of them to date."""
    total: ResultLine
    by_strategy: tuple[ResultLine, ...]
    by_asset: tuple[ResultLine, ...]
    by_venue: tuple[ResultLine, ...]
    weights: tuple[Weight, ...]
    plan: PlanOfWeights | None
    """The last one that was made before the period ended."""
    correlations: tuple[Matrix, ...]
    refused: tuple[RefusedByLimit, ...]
    calibration: tuple[FundingCalibration, ...]

    @property
    def groups(self) -> tuple[tuple[str, tuple[ResultLine, ...]], ...]:
        """What ended, summed up each way, with the sum of all last where there is more than one."""
        ways = (("strategy", self.by_strategy), ("asset", self.by_asset), ("venue", self.by_venue))
        return tuple((way, (*lines, self.total) if len(lines) > 1 else lines) for way, lines in ways)

    @property
    def is_empty(self) -> bool:
        return self.equity is None and not self.ended and not self.held
