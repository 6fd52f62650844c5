"""The table of limits, in the order they are told. A new limit is one line here."""

from collections.abc import Callable

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry, Proposal
from poise_risk.domain.limits import (
    collar,
    concentration,
    correlation,
    delta,
    exposure,
    liquidity,
    losses,
    margin,
    one_way,
    pegs,
    sanity,
    slots,
    stress,
)

PRECONDITIONS: tuple[Callable[[Proposal], LimitCheck], ...] = (
    sanity.system_mode,
    sanity.request_in_time,
    sanity.portfolio_known,
    sanity.instruments_known,
    sanity.venues_reconciled,
    sanity.execution_answers,
    sanity.sizes_positive,
    sanity.package_new,
    sanity.legs_paired,
    sanity.books_fresh,
    correlation.correlations_fresh,
    sanity.phase_open,
)
"""What must hold before a limit can be measured."""

LIMITS: tuple[Callable[[Entry], LimitCheck], ...] = (
    exposure.risk_per_trade,
    losses.asset_daily_loss,
    exposure.position_size,
    exposure.total_exposure,
    correlation.correlated_exposure,
    correlation.cluster_exposure,
    losses.portfolio_daily_loss,
    losses.drawdown,
    slots.packages_open,
    slots.tier_slots,
    concentration.venue_pair,
    concentration.one_venue,
    concentration.one_stablecoin,
    pegs.stablecoin_peg,
    one_way.one_way,
    margin.effective_leverage,
    margin.margin_ratio,
    margin.liquidation_distance,
    stress.margin_stress,
    liquidity.usual_depth,
    liquidity.usual_spread,
    collar.price_collar,
    delta.legs_hedged,
    delta.net_delta,
)
"""What bounds a package; less is never worse on any of them."""

UNEVEN_LEGS: tuple[Callable[[Entry], LimitCheck], ...] = (delta.legs_hedged, delta.net_delta)
"""Those of the limits that look at what the legs differ by: rounding to steps may make that worse, and nothing else."""

UNEVEN_DERIVATIVES: tuple[Callable[[Entry], LimitCheck], ...] = (*UNEVEN_LEGS, stress.margin_stress)
"""The same where both legs are derivatives: what one loses in a move of the market, the other gains."""

MINIMUMS: tuple[Callable[[Entry], LimitCheck], ...] = (
    sanity.package_minimum,
    sanity.venue_minimums,
)
"""What the package must still reach after shrinking."""
