"""What phases writes down, and what it starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhaseBooks:
    """What was stored."""
