"""What a venue makes of a request beyond its rules."""

from __future__ import annotations

from dataclasses import dataclass

from poise_simulator.domain.orders import SOUND, Handling


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a request's order is handled, and how late it is shown accounts."""

    handling: Handling = SOUND
    lag_ms: int = 0


USUAL = Treatment()
