"""Which phase the desk is in, and what keeps it from the next."""

from collections.abc import Sequence
from datetime import datetime

from poise_common.contracts.core import Output
from poise_common.contracts.message import Message
from poise_common.domain.ids import NewId
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.phases.parameters import PhasesParameters
from poise_portfolio.domain.phases.records import PhaseBooks


class Phases:
    """Knows the phase, measures the gate to the next one, and goes there when a person says so."""

    def __init__(self, parameters: PhasesParameters, books: PhaseBooks, view: DeskView, new_id: NewId) -> None:
        self._parameters = parameters
        self._view = view
        self._new_id = new_id

    def start(self, now: datetime) -> Sequence[Output]:
        """Take up what lasted when the service stopped."""
        return ()

    def told(self, message: Message, now: datetime) -> Sequence[Output]:
        """Look at a message."""
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let time pass."""
        return ()
