"""What the desk holds and how it stands: `portfolio.state`, `portfolio.correlations`, `risk.state`."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageState
from poise_common.domain.value import Value


class HeldLeg(Value):
    """What a package holds of one instrument: signed base units; prices in quote."""

    venue: str
    symbol: str
    quantity: Decimal
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
    exposure_usd: Decimal
    residual_delta_usd: Decimal
    unrealised_pnl_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    opened_at: AwareDatetime


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
    asset: str
    delta: Decimal
    """Base units over all legs."""
    delta_usd: Decimal
    pnl_today_usd: Decimal


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
    ledger_residual_usd: Decimal
    fills: int
    packages: tuple[HeldPackage, ...]
    deltas: tuple[AssetDelta, ...]
    accounts: tuple[VenueAccount, ...]


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
