"""How many: packages open in all, and of each tier."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.limits.check import all_or_nothing

_LOWEST_TIER = 3


def packages_open(entry: Entry) -> LimitCheck:
    """Packages held and reserved, this one included."""
    return _at_most("packages_open", len(entry.packages) + 1, entry.limits.packages_open_max)


def tier_slots(entry: Entry) -> LimitCheck:
    """Packages of the request's tier; those outside tier 1 leave its reserved slots free as well."""
    slots = entry.limits.slots
    if slots is None:
        return all_or_nothing("tier_slots", passed=True, detail="slots are off in this profile")
    if entry.tier == 1:
        return all_or_nothing("tier_slots", passed=True, detail="tier 1 may take any slot")
    tiers = [_tier(package) for package in entry.packages]
    of_the_tier = _at_most(
        "tier_slots",
        tiers.count(entry.tier) + 1,
        slots.tier_2_max if entry.tier == 2 else slots.tier_3_max,
        f"tier {entry.tier}",
    )
    if not of_the_tier.passed:
        return of_the_tier
    outside = sum(tier != 1 for tier in tiers) + 1
    unreserved = entry.limits.packages_open_max - slots.reserved_for_tier_1
    return of_the_tier if outside <= unreserved else _at_most("tier_slots", outside, unreserved, "outside tier 1")


def _tier(package: StandingPackage) -> int:
    return _LOWEST_TIER if package.tier is None else package.tier


def _at_most(limit: str, count: int, allowed: int, detail: str = "") -> LimitCheck:
    return all_or_nothing(limit, passed=count <= allowed, value=Decimal(count), allowed=Decimal(allowed), detail=detail)
