"""What every kind of fault is: parameters, and what it may strike."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from poise_simulator.faults.targets import REST, Occasion, Target

Draw = Callable[[], float]
"""The next number of a seeded sequence, from [0, 1)."""


class Fault(BaseModel):
    """A kind; `targets` are the classes of occasions it may strike, `usual_target` where it does if not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: ClassVar[frozenset[Target]] = REST
    usual_target: ClassVar[Target] = Target.ORDER_ENTRY
    needs_liquidity_taker: ClassVar[bool] = False

    @classmethod
    def may_strike(cls, occasion: Occasion) -> bool:
        """Tell whether the kind means anything to an occasion."""
        return occasion.target in cls.targets and (occasion.takes_liquidity or not cls.needs_liquidity_taker)

    @classmethod
    def choices_of_target(cls) -> frozenset[Target]:
        """List what a fault of the kind may be aimed at; any REST request it may strike is one choice."""
        return cls.targets | ({Target.ANY_REST} if cls.targets & REST else frozenset())

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one from a seeded sequence; parameters without a say in the outcome stay at their defaults."""
        return cls(effect=draw() < 0.5) if "effect" in cls.model_fields else cls()  # type: ignore[call-arg]  # subclasses'
