"""What the notifier last heard of the desk: what people ask for is answered from it."""

from collections.abc import Sequence

from poise_common.contracts.execution import VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.state import PortfolioState, RiskState


class DeskView:
    """The newest state of each service."""

    def __init__(self) -> None:
        self.risk: RiskState | None = None
        self.portfolio: PortfolioState | None = None
        self._venues: dict[str, VenueState] = {}

    @property
    def venues(self) -> Sequence[VenueState]:
        """By name."""
        return [self._venues[name] for name in sorted(self._venues)]

    def venue(self, name: str) -> VenueState | None:
        return self._venues.get(name)

    @property
    def locked(self) -> Sequence[VenueState]:
        return [state for state in self.venues if state.lock is not None]

    def take(self, message: Message) -> None:
        """Take a state; anything else says nothing of the desk."""
        match message:
            case RiskState():
                self.risk = message
            case PortfolioState():
                self.portfolio = message
            case VenueState():
                self._venues[message.venue] = message
            case _:
                pass
