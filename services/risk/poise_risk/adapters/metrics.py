"""What Prometheus is told of risk: its mode, how much of each limit is used, and what it decides."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import Counter, Gauge

from poise_common.contracts.core import Core, Output, Publish
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import RiskState, SystemMode

LIMIT_VALUE = Gauge("poise_limit_value", "What a limit measures now, in its own unit.", ("limit", "subject"))
LIMIT_ALLOWED = Gauge("poise_limit_allowed", "What a limit allows at most, or at least.", ("limit", "subject"))
DECISIONS = Counter(
    "poise_risk_decisions_total",
    "Requests decided, by verdict and by the limit that made them smaller or rejected them.",
    ("action", "verdict", "binding_limit"),
)
MODE = Gauge("poise_risk_mode", "1 for the mode that risk is in.", ("mode",))


class ObservedCore:
    """Counts what a core says, and says it on."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._shown: frozenset[tuple[str, str]] = frozenset()

    def start(self, now: datetime) -> Sequence[Output]:
        """Start the core."""
        return self._observed(self._core.start(now))

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Have the core take a message."""
        return self._observed(self._core.handle(message, now))

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let time pass for the core."""
        return self._observed(self._core.tick(now))

    def _observed(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for output in outputs:
            if not isinstance(output, Publish):
                continue
            match output.message:
                case RiskState():
                    self._show(output.message)
                case PackageDecided(action=action, verdict=verdict, binding_limit=limit):
                    DECISIONS.labels(action.value, verdict.value, limit or "").inc()
                case _:
                    pass
        return outputs

    def _show(self, state: RiskState) -> None:
        for mode in SystemMode:
            MODE.labels(mode.value).set(mode is state.mode)
        for use in state.headroom:
            LIMIT_VALUE.labels(use.limit, use.subject).set(float(use.value))
            LIMIT_ALLOWED.labels(use.limit, use.subject).set(float(use.allowed))
        shown = frozenset((use.limit, use.subject) for use in state.headroom)
        for gone in self._shown - shown:
            LIMIT_VALUE.remove(*gone)
            LIMIT_ALLOWED.remove(*gone)
        self._shown = shown
