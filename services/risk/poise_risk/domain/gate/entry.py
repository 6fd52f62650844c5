"""A request to open, with all that the limits look at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import NamedTuple, Self

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import LegIntent, LegRole, OpenPackage
from poise_common.contracts.state import PortfolioState, SystemMode
from poise_common.domain.hedge import Hedge, LegQuantities
from poise_common.domain.instruments import Instrument
from poise_risk.domain.knowledge.correlations import Clusters, SpreadCorrelations
from poise_risk.domain.knowledge.derivatives import LegPosition
from poise_risk.domain.knowledge.liquidity import LiquidityNow
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.standing import Packages
from poise_risk.domain.knowledge.symbols import money_of
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.profiles import Profile

_NOTHING = Decimal(0)


class Proposal(NamedTuple):
    """A request beside what risk knows when it comes; whatever is not known is None."""

    request: OpenPackage
    now: datetime
    mode: SystemMode
    config: LimitsConfig
    phase: int | None
    portfolio: PortfolioState | None
    tier: int | None
    long_instrument: Instrument | None
    short_instrument: Instrument | None
    long_book: OrderBook | None
    short_book: OrderBook | None
    long_liquidity: LiquidityNow | None
    short_liquidity: LiquidityNow | None
    """How each leg's book is against what is usual of it."""
    packages: Packages
    package_is_known: bool
    """It is committed, held or waiting: it may not be opened again."""
    accounts: Mapping[str, MarginAccount]
    peg_deviations_pct: dict[str, Decimal]
    correlations: SpreadCorrelations
    clusters: Clusters
    venue_doubts: tuple[str, ...]
    """Why nothing may be opened at the venues of the legs, one line each."""
    unanswered_approvals: int
    """Approvals that execution has said nothing of for too long."""
    losing_assets: frozenset[str]
    """Assets that lost their day's limit earlier today."""


class EntryLeg(NamedTuple):
    """One leg with its rules and its book."""

    intent: LegIntent
    instrument: Instrument
    book: OrderBook
    liquidity: LiquidityNow | None

    @property
    def held_quantity(self) -> Decimal:
        """What would be held if it filled whole: a spot buy pays its fee in the base."""
        pays_in_base = not self.instrument.is_derivative and self.intent.side.sign > 0
        return self.intent.quantity * (1 - self.instrument.taker_fee) if pays_in_base else self.intent.quantity

    def of_quantity(self, quantity: Decimal) -> Self:
        return self._replace(intent=self.intent.model_copy(update={"quantity": quantity}))


class AddedLeg(NamedTuple):
    """A derivative leg, and what it adds to its account for each USD of the request's exposure."""

    key: LegPosition
    instrument: Instrument
    notional_per_usd: Decimal
    maintenance_per_usd: Decimal

    @property
    def net_per_usd(self) -> Decimal:
        """Above zero for a long leg."""
        return self.notional_per_usd if self.key.role is LegRole.LONG else -self.notional_per_usd


class AddedDerivatives(NamedTuple):
    """What a request's derivatives on one venue add to its account, for each USD of the request's exposure."""

    account: MarginAccount
    legs: tuple[AddedLeg, ...]
    notional_per_usd: Decimal
    maintenance_per_usd: Decimal


@dataclass(frozen=True)
class Entry:
    """A sound request: everything that the limits need is known."""

    request: OpenPackage
    now: datetime
    limits: Profile
    config: LimitsConfig
    portfolio: PortfolioState
    tier: int
    long_leg: EntryLeg
    short_leg: EntryLeg
    packages: Packages
    accounts: Mapping[str, MarginAccount]
    peg_deviations_pct: dict[str, Decimal]
    correlations: SpreadCorrelations
    clusters: Clusters
    losing_assets: frozenset[str]

    @classmethod
    def of(cls, proposal: Proposal) -> "Entry | None":
        """Return the proposal with everything known, or None where something is missing."""
        if (
            proposal.portfolio is None
            or proposal.tier is None
            or proposal.long_instrument is None
            or proposal.short_instrument is None
            or proposal.long_book is None
            or proposal.short_book is None
        ):
            return None
        return cls(
            request=proposal.request,
            now=proposal.now,
            limits=proposal.config.limits,
            config=proposal.config,
            portfolio=proposal.portfolio,
            tier=proposal.tier,
            long_leg=EntryLeg(
                proposal.request.long_leg, proposal.long_instrument, proposal.long_book, proposal.long_liquidity
            ),
            short_leg=EntryLeg(
                proposal.request.short_leg, proposal.short_instrument, proposal.short_book, proposal.short_liquidity
            ),
            packages=proposal.packages,
            accounts=proposal.accounts,
            peg_deviations_pct=proposal.peg_deviations_pct,
            correlations=proposal.correlations,
            clusters=proposal.clusters,
            losing_assets=proposal.losing_assets,
        )

    @property
    def legs(self) -> tuple[EntryLeg, EntryLeg]:
        return self.long_leg, self.short_leg

    @cached_property
    def stablecoins(self) -> tuple[str, ...]:
        """What it is quoted or settled in of stablecoins, in the order of the alphabet."""
        money = money_of(self.long_leg.intent.symbol, self.short_leg.intent.symbol)
        return tuple(sorted(money & self.config.stablecoins))

    @cached_property
    def exposure_usd(self) -> Decimal:
        """The larger of the two notionals: a hedged pair counts once."""
        return max(self.long_leg.intent.notional_usd, self.short_leg.intent.notional_usd)

    @property
    def equity_usd(self) -> Decimal:
        return self.portfolio.equity_usd

    @cached_property
    def hedge(self) -> Hedge:
        return self.request.hedge

    @property
    def quantity_steps(self) -> LegQuantities:
        """The steps of both legs."""
        return LegQuantities(self.long_leg.instrument.quantity_step, self.short_leg.instrument.quantity_step)

    @cached_property
    def residual_usd(self) -> Decimal:
        """What both legs filled whole would leave unhedged, without sign.

        Of two assets, what their dollars differ by too: whatever one is to the other, the net delta takes them as one.
        """
        long_quantity, short_quantity = self.long_leg.held_quantity, self.short_leg.held_quantity
        long_price, short_price = self.long_leg.intent.decision_price, self.short_leg.intent.decision_price
        unhedged_usd = abs(self.hedge.residual_usd(long_quantity, short_quantity, (long_price, short_price)))
        if len(self.request.assets) == 1:
            return unhedged_usd
        return max(unhedged_usd, abs(long_quantity * long_price - short_quantity * short_price))

    def per_exposure(self, amount_usd: Decimal) -> Decimal:
        """Return an amount of this entry as a share of its exposure; it stays when both legs are scaled together."""
        return amount_usd / self.exposure_usd

    @cached_property
    def added(self) -> tuple[AddedDerivatives, ...]:
        """What its derivatives would add to each account that they would stand in."""
        by_venue: dict[str, list[AddedLeg]] = {}
        for intent, instrument, _, _ in self.legs:
            if instrument.is_derivative:
                notional_per_usd = self.per_exposure(intent.notional_usd)
                maintenance_per_usd = notional_per_usd * instrument.maintenance_margin_rate
                key = LegPosition(intent.instrument_id, intent.role)
                leg = AddedLeg(key, instrument, notional_per_usd, maintenance_per_usd)
                by_venue.setdefault(intent.venue, []).append(leg)
        return tuple(_added_to(self.accounts[venue], legs) for venue, legs in by_venue.items())

    def shrunk_to(self, exposure_usd: Decimal) -> "Entry":
        """Scale both legs together to an exposure at most this large, down to steps that keep them hedged.

        The other leg follows the coarser one as rounded, or the larger the smaller one where they are alike, so that
        rounding never unhedges them further.
        """
        steps = self.hedge.steps(*self.quantity_steps)
        long_quantity, short_quantity = self.long_leg.intent.quantity, self.short_leg.intent.quantity
        coarseness = steps.long - self.hedge.long_for(steps.short)
        leads = coarseness > 0 or (coarseness == 0 and long_quantity <= self.hedge.long_for(short_quantity))
        leading, step = (long_quantity, steps.long) if leads else (short_quantity, steps.short)
        rounded = _down_to(step, leading * exposure_usd / self.exposure_usd)
        return replace(
            self,
            long_leg=self.long_leg.of_quantity(_down_to(steps.long, long_quantity * rounded / leading)),
            short_leg=self.short_leg.of_quantity(_down_to(steps.short, short_quantity * rounded / leading)),
        )


def _added_to(account: MarginAccount, legs: list[AddedLeg]) -> AddedDerivatives:
    notional_per_usd = sum((leg.notional_per_usd for leg in legs), _NOTHING)
    maintenance_per_usd = sum((leg.maintenance_per_usd for leg in legs), _NOTHING)
    return AddedDerivatives(account, tuple(legs), notional_per_usd, maintenance_per_usd)


def _down_to(step: Decimal, quantity: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_DOWN) * step
