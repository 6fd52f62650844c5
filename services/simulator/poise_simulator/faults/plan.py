"""Which request or event is struck, by what, and the log of what was."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.faults.kinds import FaultKind
from poise_simulator.faults.seeded import SeededChoice, SeededFaults
from poise_simulator.faults.targets import Occasion, Target

KEPT_STRIKES = 100_000


@dataclass(frozen=True, slots=True)
class Aim:
    """What a fault is set on; None takes all. `strikes_max` ends it, None never does."""

    target: Target
    account_id: str | None = None
    market: Market | None = None
    symbol: str | None = None
    probability: float = 1.0
    strikes_max: int | None = None

    def covers(self, occasion: Occasion) -> bool:
        """Tell whether an occasion is one of those aimed at."""
        return (
            (self.target is occasion.target or (self.target is Target.ANY_REST and occasion.target.is_rest))
            and self.account_id in {None, occasion.account_id}
            and self.market in {None, occasion.market}
            and self.symbol in {None, occasion.symbol}
        )


@dataclass(slots=True)
class SetFault:
    """A fault that somebody has set, and how often it has struck."""

    fault_id: int
    fault: FaultKind
    aim: Aim
    draws: DrawBuffer
    struck: int = 0

    @property
    def is_spent(self) -> bool:
        """True when it will not strike again."""
        return self.aim.strikes_max is not None and self.struck >= self.aim.strikes_max

    def strikes(self, occasion: Occasion) -> bool:
        """Decide over an occasion, and count it if it is struck."""
        if self.is_spent or not self.aim.covers(occasion) or not self.fault.may_strike(occasion):
            return False
        if self.aim.probability < 1.0 and self.draws.uniform() >= self.aim.probability:
            return False
        self.struck += 1
        return True


@dataclass(slots=True)
class Strike:
    """One occasion that was struck. `took_effect` is None until it is known, and for stream messages."""

    time_ms: int
    fault_id: int | None
    fault: FaultKind
    occasion: Occasion
    took_effect: bool | None = None


class FaultPlan:
    """Faults that were set, in their order, then those from a seed; nothing strikes until one is there."""

    def __init__(self, seed: int, seeded: SeededFaults | None = None) -> None:
        """Draw the probabilities of set faults from `seed`."""
        self._seed = seed
        self._ids = count(1)
        self._set: dict[int, SetFault] = {}
        self.seeded = SeededChoice(seeded) if seeded is not None else None
        self.log: deque[Strike] = deque(maxlen=KEPT_STRIKES)

    @property
    def faults(self) -> list[SetFault]:
        """List the faults that are set, oldest first."""
        return list(self._set.values())

    def set_fault(self, fault: FaultKind, aim: Aim) -> int:
        """Set a fault; returns its id."""
        fault_id = next(self._ids)
        draws = DrawBuffer(generator_for(self._seed, "fault", str(fault_id)), block=64)
        self._set[fault_id] = SetFault(fault_id, fault, aim, draws)
        return fault_id

    def set_seeded(self, seeded: SeededFaults) -> None:
        """Strike from a seed from now on, in place of any earlier seed."""
        self.seeded = SeededChoice(seeded)

    def heal(self) -> None:
        """End all faults, those from a seed too."""
        self._set.clear()
        self.seeded = None

    def heal_one(self, fault_id: int) -> bool:
        """End one fault; false when there is none of that id."""
        return self._set.pop(fault_id, None) is not None

    def is_sound(self) -> bool:
        """Tell that nothing can be struck; cheap enough to ask for every message."""
        return not self._set and self.seeded is None

    def strike(self, occasion: Occasion, now_ms: int) -> Strike | None:
        """Decide what strikes an occasion, and log it; None for nothing."""
        if self.is_sound():
            return None
        for item in self._set.values():
            if item.strikes(occasion):
                return self._log(Strike(now_ms, item.fault_id, item.fault, occasion))
        fault = self.seeded.choose(occasion) if self.seeded is not None else None
        return self._log(Strike(now_ms, None, fault, occasion)) if fault is not None else None

    def _log(self, strike: Strike) -> Strike:
        self.log.append(strike)
        return strike
