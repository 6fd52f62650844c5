"""What is under way of one leg of a package, and the table of what may be done with it then."""

from collections.abc import Iterable
from enum import StrEnum

from poise_common.contracts.packages import OrderStyle
from poise_execution.domain.orders import Order


class LegState(StrEnum):
    IDLE = "idle"
    """Every order of it is known to its last fill, or none was sent."""
    RESTING = "resting"
    """A post-only order of it may be in the book."""
    LEAVING = "leaving"
    """Its post-only order was asked to go; it may fill until the venue shows that it is gone."""
    TAKING = "taking"
    """A price-capped IOC order of it is not known to its last fill."""


class LegEvent(StrEnum):
    REST = "rest"
    """A post-only order is to be sent."""
    TAKE = "take"
    """An IOC order is to be sent: the approved leg, a chase, or what is taken back."""
    CANCEL = "cancel"
    """What may be open of it is to be asked to go."""
    KNOWN = "known"
    """The last order of it that was under way is known."""
    RESTING_SURFACED = "resting_surfaced"
    """The venue shows a post-only order that it had denied."""
    TAKING_SURFACED = "taking_surfaced"
    """The venue shows an IOC order that it had denied, or a fill that it had not listed."""


class ImpossibleMove(Exception):
    """A leg was about to be worked in a way that its state forbids: a defect, and nothing is sent."""

    def __init__(self, state: LegState, event: LegEvent) -> None:
        super().__init__(f"a leg that is {state.value} can't {event.value}")
        self.state = state
        self.event = event


_IDLE, _RESTING, _LEAVING, _TAKING = LegState

LEG_TRANSITIONS: dict[LegState, dict[LegEvent, LegState | None]] = {
    _IDLE: {
        LegEvent.REST: _RESTING,
        LegEvent.TAKE: _TAKING,
        LegEvent.CANCEL: None,
        LegEvent.KNOWN: None,
        LegEvent.RESTING_SURFACED: _RESTING,
        LegEvent.TAKING_SURFACED: _TAKING,
    },
    _RESTING: {
        LegEvent.REST: None,  # one order of a leg at a time: two could fill twice what was approved
        LegEvent.TAKE: None,
        LegEvent.CANCEL: _LEAVING,
        LegEvent.KNOWN: _IDLE,
        LegEvent.RESTING_SURFACED: _RESTING,
        LegEvent.TAKING_SURFACED: _TAKING,
    },
    _LEAVING: {
        LegEvent.REST: None,
        LegEvent.TAKE: None,  # it may still fill
        LegEvent.CANCEL: _LEAVING,
        LegEvent.KNOWN: _IDLE,
        LegEvent.RESTING_SURFACED: _RESTING,
        LegEvent.TAKING_SURFACED: _TAKING,
    },
    _TAKING: {
        LegEvent.REST: None,
        LegEvent.TAKE: None,
        LegEvent.CANCEL: _TAKING,  # an IOC order that the venue shows as open is asked to go, and may fill until then
        LegEvent.KNOWN: _IDLE,
        LegEvent.RESTING_SURFACED: _TAKING,
        LegEvent.TAKING_SURFACED: _TAKING,
    },
}


def leg_state(orders: Iterable[Order]) -> LegState:
    """Tell the state of a leg from all its orders."""
    live = [order for order in orders if not order.is_closed]
    if any(order.style is OrderStyle.IOC for order in live):
        return LegState.TAKING
    if any(order.cancel_asked_at is None for order in live):
        return LegState.RESTING
    return LegState.LEAVING if live else LegState.IDLE


def moved(state: LegState, event: LegEvent) -> LegState:
    """Return where an event leads; raises ImpossibleMove for one that must not happen."""
    after = LEG_TRANSITIONS[state][event]
    if after is None:
        raise ImpossibleMove(state, event)
    return after
