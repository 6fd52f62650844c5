"""Bringing the desk's weights to their targets."""

from collections.abc import Sequence
from datetime import datetime

from poise_common.contracts.core import Output
from poise_common.contracts.message import Message
from poise_common.domain.ids import NewId
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.records import RebalancingBooks


class Rebalancer:
    """Plans at its period and when ordered to, and asks risk for every trade: sells before buys."""

    def __init__(
        self, parameters: RebalancerParameters, books: RebalancingBooks, view: DeskView, new_id: NewId
    ) -> None:
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
