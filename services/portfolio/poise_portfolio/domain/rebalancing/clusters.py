"""Assets that move as one count as one: their targets together stay below a cap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from poise_portfolio.domain.correlations.clusters import Clusters
from poise_portfolio.domain.ledger.positions import ZERO


@dataclass(slots=True)
class CappedTargets:
    """Targets in USD by asset, and why one is other than its model wants."""

    targets_usd: dict[str, Decimal]
    reasons: dict[str, str] = field(default_factory=dict)


def capped(
    targets_usd: Mapping[str, Decimal], held_usd: Mapping[str, Decimal], clusters: Clusters, cap_usd: Decimal
) -> CappedTargets:
    """Scale targets down to what their cluster may have together; an asset without a target counts as it is held.

    An asset in no cluster may move with any: then no more of it or of the others is wanted than fits beside it. For
    want of knowledge nothing is sold.
    """
    found = CappedTargets(dict(targets_usd))
    for cluster in clusters:
        _shrink(found, cluster, held_usd, cap_usd)
    known = {asset for cluster in clusters for asset in cluster}
    loose = tuple(sorted((targets_usd.keys() | held_usd.keys()) - known))
    if loose:
        for cluster in clusters or ((),):
            _hold_back(found, (*cluster, *loose), held_usd, cap_usd)
    return found


def _shrink(found: CappedTargets, cluster: Iterable[str], held_usd: Mapping[str, Decimal], cap_usd: Decimal) -> None:
    members = sorted(cluster)
    targeted = [asset for asset in members if asset in found.targets_usd]
    fixed_usd = sum((held_usd.get(asset, ZERO) for asset in members if asset not in found.targets_usd), ZERO)
    total_usd = sum((found.targets_usd[asset] for asset in targeted), ZERO)
    room_usd = max(cap_usd - fixed_usd, ZERO)
    if total_usd <= room_usd:
        return
    for asset in targeted:
        if found.targets_usd[asset]:
            found.targets_usd[asset] *= room_usd / total_usd
            found.reasons[asset] = f"{', '.join(members)} move as one, at most ${cap_usd:,.0f} together"


def _hold_back(found: CappedTargets, members: Iterable[str], held_usd: Mapping[str, Decimal], cap_usd: Decimal) -> None:
    kept_usd, growth_usd = ZERO, dict[str, Decimal]()
    for asset in members:
        held = held_usd.get(asset, ZERO)
        target_usd = found.targets_usd.get(asset, held)
        kept_usd += min(target_usd, held)
        if target_usd > held:
            growth_usd[asset] = target_usd - held
    total_usd = sum(growth_usd.values(), ZERO)
    room_usd = max(cap_usd - kept_usd, ZERO)
    if total_usd <= room_usd:
        return
    for asset, more_usd in growth_usd.items():
        found.targets_usd[asset] -= more_usd * (1 - room_usd / total_usd)
        found.reasons[asset] = f"what moves as one is not known of all, at most ${cap_usd:,.0f} together"
