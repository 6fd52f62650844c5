"""What hindsight writes down, and what it starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HindsightBooks:
    """What was stored."""
