"""What a set of limits makes impossible, or never lets bind: not wrong, but nobody should have to find it out."""

from collections.abc import Iterator
from decimal import Decimal

from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.profiles import Profile

_WHOLE_PCT = Decimal(100)


def notices(config: LimitsConfig) -> tuple[str, ...]:
    """Say it of the profile that the desk runs, one sentence each."""
    limits = config.limits
    return tuple(
        f"profile {config.profile}: {notice}"
        for found in (_number_and_size(limits), _slots(limits), _size(limits), _shares(limits), _losses(limits))
        for notice in found
    )


def _number_and_size(limits: Profile) -> Iterator[str]:
    together_pct = limits.position_size_pct * limits.packages_open_max
    total_pct = limits.total_exposure_pct
    if together_pct != total_pct:
        binds = "total_exposure_pct" if together_pct > total_pct else "packages_open_max"
        yield (
            f"{limits.packages_open_max} packages of {_pct(limits.position_size_pct)} make {_pct(together_pct)} of"
            f" equity, total_exposure_pct is {_number(total_pct)}: {binds} binds first"
        )


def _slots(limits: Profile) -> Iterator[str]:
    slots = limits.slots
    if slots is None:
        return
    unreserved = limits.packages_open_max - slots.reserved_for_tier_1
    for name, tier_max in (("tier_2_max", slots.tier_2_max), ("tier_3_max", slots.tier_3_max)):
        if tier_max > unreserved:
            yield (
                f"slots.{name} {tier_max} is never reached: of {limits.packages_open_max} packages"
                f" {slots.reserved_for_tier_1} are reserved for tier 1, which leaves {unreserved}"
            )
    left_to_tier_1 = limits.packages_open_max - min(unreserved, slots.tier_2_max + slots.tier_3_max)
    if left_to_tier_1 > slots.reserved_for_tier_1:
        yield (
            f"tiers 2 and 3 may have {slots.tier_2_max} + {slots.tier_3_max} packages: of"
            f" {limits.packages_open_max}, {left_to_tier_1} are in fact for tier 1 alone, not"
            f" {slots.reserved_for_tier_1}"
        )


def _size(limits: Profile) -> Iterator[str]:
    by_risk_pct = limits.risk_per_trade_pct * _WHOLE_PCT / limits.exits.stop_loss_pct
    if by_risk_pct != limits.position_size_pct:
        idle = "risk_per_trade_pct" if by_risk_pct > limits.position_size_pct else "position_size_pct"
        yield (
            f"risk_per_trade_pct {_number(limits.risk_per_trade_pct)} with a stop of"
            f" {_pct(limits.exits.stop_loss_pct)} allows {_pct(by_risk_pct)} of equity per package,"
            f" position_size_pct {_number(limits.position_size_pct)}: {idle} never binds"
        )
    size_pct = min(by_risk_pct, limits.position_size_pct)
    yield (
        f"package_min_usd {_number(limits.package_min_usd)} leaves nothing to be opened while equity is below"
        f" {_usd(limits.package_min_usd, size_pct)} USD"
    )


def _shares(limits: Profile) -> Iterator[str]:
    total_pct = limits.total_exposure_pct
    for name, share_pct in (
        ("venue_max_pct", limits.venue_max_pct),
        ("stablecoin_max_pct", limits.stablecoin_max_pct),
        ("correlated_exposure_pct", limits.correlated_exposure_pct),
    ):
        if share_pct >= total_pct:
            yield f"{name} {_number(share_pct)} never binds: total_exposure_pct is {_number(total_pct)}"
        elif share_pct < limits.position_size_pct:
            yield f"{name} {_number(share_pct)} is less than one package of {_pct(limits.position_size_pct)} of equity"
    pair_usd = limits.venue_pair_max_usd
    yield (
        f"venue_pair_max_usd {_number(pair_usd)} never binds while equity is below {_usd(pair_usd, total_pct)} USD,"
        f" and from {_usd(pair_usd, limits.position_size_pct)} USD on it is less than one package"
    )


def _losses(limits: Profile) -> Iterator[str]:
    if limits.asset_daily_loss_pct >= limits.portfolio_daily_loss_pct:
        yield (
            f"asset_daily_loss_pct {_number(limits.asset_daily_loss_pct)} never binds: the kill switch comes at"
            f" portfolio_daily_loss_pct {_number(limits.portfolio_daily_loss_pct)}"
        )
    if limits.portfolio_daily_loss_pct >= limits.drawdown_pct:
        yield (
            f"portfolio_daily_loss_pct {_number(limits.portfolio_daily_loss_pct)} never binds: the kill switch comes at"
            f" drawdown_pct {_number(limits.drawdown_pct)}"
        )


def _usd(part_usd: Decimal, of_equity_pct: Decimal) -> str:
    return f"{part_usd * _WHOLE_PCT / of_equity_pct:,.0f}"


def _pct(value: Decimal) -> str:
    return f"{_number(value)} %"


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")
