"""What the desk holds and how it stands: `portfolio.state`, `portfolio.correlations`, `risk.state`."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.contracts.packages import HedgeRatio, PackageState
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import assets_of
from poise_common.domain.value import Value


class ResultSplit(Value):
    """What a result is made of, in USD; fees, borrowing and slippage are costs: positive is paid.

    Realised and unrealised price P&L together are `price_usd` less `slippage_usd`.
    """

    price_usd: Decimal = Decimal(0)
    """By what prices moved since the decisions to trade: price P&L before slippage."""
    funding_usd: Decimal = Decimal(0)
    fees_usd: Decimal = Decimal(0)
    borrow_usd: Decimal = Decimal(0)
    slippage_usd: Decimal = Decimal(0)
    """What fills were worse by than the prices of their decisions."""

    @property
    def net_usd(self) -> Decimal:
        """Return the whole."""
        return self.price_usd + self.funding_usd - self.fees_usd - self.borrow_usd - self.slippage_usd


class HeldLeg(Value):
    """What a package holds of one instrument; prices in quote."""

    venue: str
    symbol: str
    quantity: Decimal
    """Signed base units, and its delta: of an inverse contract its face at its entry price."""
    gamma_usd: Decimal = Decimal(0)
    """As of an asset: see `AssetDelta`."""
    entry_price: Decimal
    mark_price: Decimal | None


class HeldPackage(Value):
    """A package that holds something, marked to market."""

    package_id: UUID
    strategy: str
    asset: str
    tier: int | None
    state: PackageState
    long_leg: HeldLeg
    short_leg: HeldLeg
    hedge_ratio: HedgeRatio = Decimal(1)
    exposure_usd: Decimal
    residual_delta_usd: Decimal
    unrealised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    result: ResultSplit = ResultSplit()
    """Of the whole package: what it has realised, was paid and paid, and what it holds."""
    opened_at: AwareDatetime

    @property
    def hedge(self) -> Hedge:
        return Hedge(self.hedge_ratio)

    @property
    def assets(self) -> tuple[str, ...]:
        """Return what the legs are of, the long leg's first: one asset, or two."""
        return assets_of(self.long_leg.symbol, self.short_leg.symbol)


class VenueAccount(Value):
    """A venue account by the desk's own ledger, marked; margin figures as the venue last reported."""

    venue: str
    equity_usd: Decimal
    stablecoins_usd: dict[str, Decimal]
    """Cash by stablecoin, all wallets."""
    margin_balance_usd: Decimal
    initial_margin_usd: Decimal
    maintenance_margin_usd: Decimal
    ledger_residual_usd: Decimal
    """What the venue's balances and positions differ from the ledger's by, unexplained: unsigned, none nets out."""


class AssetDelta(Value):
    """How an asset's price moves the desk, and what the asset has earned."""

    asset: str
    delta: Decimal
    """Base units over all legs, and of what contracts have settled in the asset."""
    delta_usd: Decimal
    gamma_usd: Decimal = Decimal(0)
    """What a rise of 1 % adds to the delta of inverse contracts that settle in dollars at once.

    They settle in what they are of, and as long as that is kept it makes up for it: `delta` does not move. Spot and
    linear contracts have none.
    """
    pnl_today_usd: Decimal
    result: ResultSplit = ResultSplit()
    """All that it ever earned."""


class TrackRecord(Value):
    """What the settled packages of a strategy came to, net of everything."""

    strategy: str
    settled: int
    wins: int
    """Packages with a net result above zero."""
    mean_win_usd: Decimal
    mean_loss_usd: Decimal
    """Of those that did not win, as a loss ≥ 0."""


class PortfolioState(Message):
    """The whole desk at a moment; newest wins."""

    coalescing_fields: ClassVar = ("type",)

    type: Literal["PortfolioState"] = "PortfolioState"
    as_of: AwareDatetime
    ledger_open: bool
    """False until every venue account has been read once; nothing may be opened before."""
    equity_usd: Decimal
    day_start_equity_usd: Decimal
    high_water_mark_usd: Decimal
    realised_pnl_usd: Decimal
    unrealised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    external_usd: Decimal = Decimal(0)
    """What acknowledged differences have changed: transfers, and the result of trades that were not ours."""
    exposure_usd: Decimal
    net_delta_usd: Decimal
    net_gamma_usd: Decimal = Decimal(0)
    result: ResultSplit = ResultSplit()
    """Of all that was ever earned; equity has changed by this and by `external_usd`."""
    ledger_residual_usd: Decimal
    fills: int
    packages: tuple[HeldPackage, ...]
    deltas: tuple[AssetDelta, ...]
    accounts: tuple[VenueAccount, ...]
    track_records: tuple[TrackRecord, ...] = ()


class CorrelationMatrix(Message):
    """Correlations of log returns; `rho[i][j]` is None where too few points are known, which counts as 1."""

    coalescing_fields: ClassVar = ("type", "window")

    type: Literal["CorrelationMatrix"] = "CorrelationMatrix"
    window: Literal["24h", "90d", "spread_returns"]
    """`spread_returns`: of what the premium of each asset's hedge over its spot changes by."""
    as_of: AwareDatetime
    assets: tuple[str, ...]
    rho: tuple[tuple[float | None, ...], ...]
    points: int
    mean_rho: float | None = None
    """Over all pairs whose correlation is known; None without any."""
    clusters: tuple[tuple[str, ...], ...] = ()
    """Assets that move as one, each asset in one of them; those whose correlations are unknown in none."""


class GateLine(Value):
    """One thing that a phase asks for, and how the desk stands to it."""

    name: str
    is_required: bool
    """Else recommended: it is shown and keeps nobody back."""
    is_met: bool
    value: str
    needed: str


class PhaseState(Message):
    """Which phase the desk is in, and what the next one asks for."""

    coalescing_fields: ClassVar = ("type",)

    type: Literal["PhaseState"] = "PhaseState"
    as_of: AwareDatetime
    phase: int
    since: AwareDatetime
    set_by: str
    reason: str
    next_phase: int | None
    gate: tuple[GateLine, ...]
    """Of the next phase; nothing in the last one."""
    refusal: str | None = None
    """In the answer to an order that changed nothing: why."""


class SystemMode(StrEnum):
    ACTIVE = "active"
    REDUCING = "reducing"
    """Exits and hedges only."""
    HALTED = "halted"
    """Nothing but what the operator orders."""


class LimitHeadroom(Value):
    """How much of a limit is used: of the whole desk, or of one venue, stablecoin, asset, cluster or tier."""

    limit: str
    subject: str = ""
    value: Decimal
    allowed: Decimal
    at_least: bool = False
    """The value must not fall below what is allowed, instead of not rise above it."""


class LimitsInForce(Value):
    """Which limits risk goes by: since when, by whose order, and why the last order to read them anew was refused."""

    profile: str
    digest: str
    """SHA-256 of the whole set as it is in force, in hexadecimal."""
    since: AwareDatetime
    set_by: str
    refusal: str | None = None


class RiskState(Message):
    """Risk's standing: the mode, who or what set it, and the epoch that approvals must carry."""

    coalescing_fields: ClassVar = ("type",)

    type: Literal["RiskState"] = "RiskState"
    mode: SystemMode
    reason: str
    set_by: str
    since: AwareDatetime
    epoch: int
    flattening: bool = False
    """Every package is being closed; over once the venues have shown that nothing is left."""
    headroom: tuple[LimitHeadroom, ...] = ()
    limits: LimitsInForce | None = None
