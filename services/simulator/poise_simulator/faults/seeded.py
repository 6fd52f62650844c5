"""Faults from a seed: the same seed and the same requests are struck the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.faults.kinds import KINDS, FaultKind
from poise_simulator.faults.targets import Occasion, Target


@dataclass(frozen=True, slots=True)
class SeededFaults:
    """How often which targets are struck, and by which kinds; no kinds means all that a target can have."""

    seed: int
    rate: float
    kinds: tuple[str, ...] = ()
    targets: tuple[Target, ...] = (Target.ORDER_ENTRY,)

    def __post_init__(self) -> None:
        """Refuse kinds that don't exist or never strike. Raises ValueError with what would pass."""
        for name in self.kinds:
            if name not in KINDS:
                raise ValueError(f"kinds: {name!r} is none; kinds are {', '.join(sorted(KINDS))}")
            choices = KINDS[name].choices_of_target()
            if not choices & set(self.targets):
                aimed = ", ".join(self.targets)
                raise ValueError(f"kinds: {name!r} doesn't strike {aimed}; it strikes {', '.join(sorted(choices))}")


@dataclass(slots=True)
class SeededChoice:
    """Draws for each target apart, so that queries in between don't shift what orders get."""

    config: SeededFaults
    struck: int = 0
    _draws: dict[Target, DrawBuffer] = field(default_factory=dict)

    def choose(self, occasion: Occasion) -> FaultKind | None:
        """Choose what strikes an occasion, None for nothing."""
        target = self._aim(occasion)
        if target is None:
            return None
        draws = self._draws.get(target)
        if draws is None:
            draws = self._draws[target] = DrawBuffer(generator_for(self.config.seed, "faults", target), block=64)
        if draws.uniform() >= self.config.rate:
            return None
        kinds = self._kinds_for(occasion)
        if not kinds:
            return None
        self.struck += 1
        return kinds[int(draws.uniform() * len(kinds))].drawn(draws.uniform)

    def _aim(self, occasion: Occasion) -> Target | None:
        if occasion.target in self.config.targets:
            return occasion.target
        return Target.ANY_REST if occasion.target.is_rest and Target.ANY_REST in self.config.targets else None

    def _kinds_for(self, occasion: Occasion) -> Sequence[type[FaultKind]]:
        names = self.config.kinds or tuple(KINDS)
        return [KINDS[name] for name in names if KINDS[name].may_strike(occasion)]
