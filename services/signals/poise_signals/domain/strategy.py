"""The face of a strategy: a new one is a new module behind this protocol, and one line in `strategies.py`.

A strategy says which candidates an asset gives it, and what entering and leaving one is worth on the market as it
stands. When that is done, how large, and what is asked of risk is the same for all strategies and not theirs.
"""

from datetime import datetime
from typing import NamedTuple, Protocol

from poise_common.contracts.market_data import UniverseAsset
from poise_common.domain.instruments import Instrument
from poise_signals.domain.candidates import Candidate
from poise_signals.domain.market_view import MarketView


class Edge(NamedTuple):
    """What entering a notional now is worth; yields as fractions of the notional."""

    long_price: float
    short_price: float
    basis: float
    net_yield: float
    expected_funding: float
    net_apr: float

    @property
    def total_yield(self) -> float:
        return self.net_yield + self.expected_funding


class EdgeLeft(NamedTuple):
    """What staying in is still worth, on prices at which one could leave."""

    long_price: float
    short_price: float
    premium: float
    expected_funding: float | None
    """None when funding is unknown or stale: then nothing is decided on it."""
    carried_quantity: float

    @property
    def edge_left(self) -> float | None:
        return None if self.expected_funding is None else self.premium + self.expected_funding


class Unpriced(NamedTuple):
    """There is no number to decide on, and why."""

    reason: str


class Strategy(Protocol):
    """One way to earn a spread between a long and a short leg."""

    @property
    def name(self) -> str: ...

    @property
    def enter_yield_min(self) -> float:
        """Enter at this total yield or more."""
        ...

    @property
    def exit_edge_min(self) -> float:
        """Leave when the edge left is below this."""
        ...

    def candidate(self, asset: UniverseAsset) -> Candidate | None:
        """Return what an asset can be traded as, None when it is not for this strategy or that is switched off.

        It listens to the books of both legs and to the funding of either.
        """
        ...

    def held_candidate(self, asset: str, venue: str, tier: int, long: Instrument, short: Instrument) -> Candidate:
        """Return the candidate of a package that is held, whether or not the universe still has it."""
        ...

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering a notional; a larger notional is never worth more per unit."""
        ...

    def exit(self, candidate: Candidate, market: MarketView, quantity: float, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving a quantity in base units."""
        ...
