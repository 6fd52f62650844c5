"""The face of a strategy: a new one is a new module of `strategies/` with a `KIND`, and a block of configuration.

A strategy says which candidates the universe gives it, and what entering and leaving one is worth on the market as it
stands, and whether its rule wants that. How large, and what is asked of risk is the same for all strategies and not
theirs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from poise_common.contracts.market_data import Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CloseReason
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs


class Frictions(NamedTuple):
    """What a round trip costs, as fractions of the notional."""

    fees: float
    """Of both legs, in and out."""
    slippage: float
    """By how much the VWAPs are worse than the middles of the books."""
    safety_buffer: float

    @property
    def total(self) -> float:
        return self.fees + self.slippage + self.safety_buffer


class Edge(NamedTuple):
    """What entering a notional now is worth; yields as fractions of the notional."""

    long_price: float
    short_price: float
    basis: float
    net_yield: float
    frictions: Frictions
    expected_funding: float
    net_apr: float
    why_not: str | None = None
    """Why the strategy's own rule does not enter."""
    hedge_ratio: float = 1.0
    """Base units of the short leg that hedge one of the long leg."""
    confidence: float = 1.0
    """How much of the edge has shown itself before, in [0, 1]."""
    risk_score: float = 1.0
    """What net APR is divided by where candidates contend: 1 is as sure as it gets."""

    @property
    def total_yield(self) -> float:
        return self.net_yield + self.expected_funding

    @property
    def score(self) -> float:
        """Return what decides between candidates that contend."""
        return self.net_apr * self.confidence / self.risk_score


class EdgeLeft(NamedTuple):
    """What staying in is still worth, on prices at which one could leave."""

    long_price: float
    short_price: float
    premium: float
    expected_funding: float | None
    """None when funding is unknown or stale: then nothing is decided on it."""
    carried_quantity: float
    """As much of what is held as both books carry, in base units of the long leg."""
    close: CloseReason | None = None
    """Why the strategy's own rule leaves, if it does."""

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

    def candidates(self, universe: Universe) -> Iterable[Candidate]:
        """Return what the universe can be traded as; nothing where the strategy is switched off.

        A candidate is evaluated on each news of either leg.
        """
        ...

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the candidate of a package that is held, whether or not the universe still has it."""
        ...

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering a notional; a larger notional is never worth more per unit."""
        ...

    def exit(self, candidate: Candidate, market: MarketView, held: "Held", now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving what is held."""
        ...


class RollEdge(NamedTuple):
    """What it is worth to hold the long leg on against a later contract, at prices that the whole would get."""

    candidate: Candidate
    """The successor's."""
    long_price: float
    """What the long leg passes on at: no order is sent for it."""
    near_price: float
    far_price: float
    net_yield: float
    net_apr: float
    why_not: str | None = None
    """Why the strategy's own rule does not roll."""


@runtime_checkable
class Roller(Protocol):
    """A strategy whose packages end by a date, and may go on in a later contract."""

    def is_to_be_rolled(self, candidate: Candidate, now: datetime) -> bool:
        """Say whether a package of a candidate has come so near its end that it is to be rolled if that pays."""
        ...

    def roll(
        self, candidate: Candidate, successor: Candidate, market: MarketView, held: "Held", now: datetime
    ) -> RollEdge | Unpriced:
        """Price going on with the whole of what is held in another candidate of its slot."""
        ...


@runtime_checkable
class Researcher(Protocol):
    """A strategy that has to find out what takes longer than an update may: it asks, and is told later."""

    finding: type[Message]
    """The message that answers what it asks for."""

    def research(self, market: MarketView, now: datetime) -> Sequence[object]:
        """Return the effects to be run now; called with each tick."""
        ...

    def learn(self, finding: Any, now: datetime) -> None:
        """Take an answer."""
        ...


class Held(NamedTuple):
    """What is held of both legs, in base units > 0, and since when."""

    long_quantity: float
    short_quantity: float
    entry_yield: float
    since: datetime


Parameters = TypeVar("Parameters", bound=StrategyParameters)


def _nothing_to_check(_parameters: Any, _shared: SharedParameters) -> None:
    return None


@dataclass(frozen=True, slots=True)
class StrategyKind(Generic[Parameters]):
    """How a strategy is made of its block of configuration."""

    name: str
    """Of its module, and of its block."""
    parameters: type[Parameters]
    build: Callable[[Parameters, SharedParameters], Strategy]
    check: Callable[[Parameters, SharedParameters], None] = _nothing_to_check
    """Raises ValueError with the sum where the block could only lose money."""


AnyKind = StrategyKind[Any]
