"""How many: packages open in all, and of each tier."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import eq, ne

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import Packages, StandingPackage
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.rules.profiles import Profile, TierSlots

_LOWEST_TIER = 3


@dataclass(frozen=True, slots=True)
class SlotGroup:
    """Slots that the packages of some tiers have between them; each group lies whole within every wider one."""

    limit: str
    """The limit in whose name the group is full."""
    name: str
    takes: Callable[[int], bool]
    """Say of a tier whether its packages take slots of the group."""
    allowed: int

    def of(self, tiers: Counter[int]) -> int:
        """Count how many packages, told by how many there are of each tier, take a slot of the group."""
        return sum([count for tier, count in tiers.items() if self.takes(tier)])

    def check(self, count: int, detail: str | None = None) -> LimitCheck:
        """Check that so many packages fit in."""
        return all_or_nothing(
            self.limit,
            passed=count <= self.allowed,
            value=Decimal(count),
            allowed=Decimal(self.allowed),
            detail=self.name if detail is None else detail,
        )


def slot_groups(tier: int, limits: Profile) -> tuple[SlotGroup, ...]:
    """Return every group that a package of a tier takes a slot of, the narrowest first."""
    all_packages = SlotGroup("packages_open", "", lambda _: True, limits.packages_open_max)
    if limits.slots is None or tier == 1:
        return (all_packages,)
    return (*_groups_outside_tier_1(tier, limits.slots, limits.packages_open_max), all_packages)


def packages_open(entry: Entry) -> LimitCheck:
    """Packages held and reserved, this one included."""
    *_, all_packages = slot_groups(entry.tier, entry.limits)
    return all_packages.check(len(entry.packages) + 1)


def tier_slots(entry: Entry) -> LimitCheck:
    """Packages of the request's tier; those outside tier 1 leave its reserved slots free as well."""
    if entry.limits.slots is None:
        return all_or_nothing("tier_slots", passed=True, detail="slots are off in this profile")
    *of_its_tier, _ = slot_groups(entry.tier, entry.limits)
    tiers = standing_tiers(entry.packages)
    checks = [group.check(group.of(tiers) + 1) for group in of_its_tier]
    if not checks:
        return all_or_nothing("tier_slots", passed=True, detail="tier 1 may take any slot")
    return next((check for check in checks if not check.passed), checks[0])


def standing_tiers(packages: Packages) -> Counter[int]:
    """Count the packages of each tier; one whose tier is unknown counts as of the lowest."""
    return packages.summed("tiers", _with_tiers)


def _with_tiers(before: Counter[int] | None, packages: Iterable[StandingPackage]) -> Counter[int]:
    tiers = [_LOWEST_TIER if package.tier is None else package.tier for package in packages]
    return Counter(tiers) if before is None else before + Counter(tiers)


def _groups_outside_tier_1(tier: int, slots: TierSlots, packages_open_max: int) -> tuple[SlotGroup, SlotGroup]:
    allowed = slots.tier_2_max if tier == 2 else slots.tier_3_max
    unreserved = packages_open_max - slots.reserved_for_tier_1
    return (
        SlotGroup("tier_slots", f"tier {tier}", partial(eq, tier), allowed),
        SlotGroup("tier_slots", "outside tier 1", partial(ne, 1), unreserved),
    )
