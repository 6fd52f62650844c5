"""What is known of a running desk right now, gathered from its states and feeds."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from poise.demo.course import Course
from poise.demo.report import Latency
from poise_common.contracts.market_data import Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, PackageState
from poise_common.contracts.state import PortfolioState, RiskState
from poise_common.domain.instruments import InstrumentId

_LOG_LINES = 12


@dataclass(slots=True)
class DeskView:
    """Keep the newest of everything a person watches; fed by the bus, read by the live table."""

    portfolio: PortfolioState | None = None
    risk: RiskState | None = None
    universe: Universe | None = None
    candidates: dict[tuple[str, InstrumentId, InstrumentId], CandidateEvaluated] = field(default_factory=dict)
    log: deque[tuple[datetime | None, str]] = field(default_factory=lambda: deque(maxlen=_LOG_LINES))
    latency: Latency | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    residual_delta_max_usd: Decimal = Decimal(0)
    scenario: str | None = None
    """What the market is being put through, in a line."""
    course: Course = field(default_factory=Course, compare=False)
    onlookers: list[Callable[[PortfolioState], None]] = field(default_factory=list)
    """Who else is told of every portfolio state."""

    def say(self, text: str, at: datetime | None = None) -> None:
        """Add a line to the log."""
        self.log.append((at, text))

    def take(self, message: Message) -> None:
        """Take in a state or feed message."""
        match message:
            case PortfolioState():
                self.portfolio = message
                self._note_residuals(message)
                self.course.take(message)
                for look in self.onlookers:
                    look(message)
            case RiskState():
                if self.risk is None or self.risk.mode is not message.mode:
                    self.say(f"risk is {message.mode.value.upper()}: {message.reason}", message.since)
                self.risk = message
            case Universe():
                if self.universe is None:
                    self.say(f"universe: {len(message.assets)} assets, {len(message.excluded)} left out", message.as_of)
                self.universe = message
            case CandidateEvaluated():
                self.candidates[message.strategy, message.long_id, message.short_id] = message
            case _:
                pass

    def _note_residuals(self, portfolio: PortfolioState) -> None:
        for package in portfolio.packages:
            if package.state is PackageState.OPEN:
                self.residual_delta_max_usd = max(self.residual_delta_max_usd, abs(package.residual_delta_usd))
