"""What rebalancing writes down, and what it starts from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RebalancingBooks:
    """What was stored."""
