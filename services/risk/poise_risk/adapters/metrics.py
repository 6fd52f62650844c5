"""What Prometheus is told of risk: its mode, how much of each limit is used, and what it decides."""

from collections.abc import Sequence
from datetime import datetime
from math import inf

from prometheus_client import Counter, Gauge

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import LimitHeadroom, RiskState, SystemMode

LIMIT_VALUE = Gauge("poise_limit_value", "What a limit measures now, in its own unit.", ("limit", "subject"))
LIMIT_ALLOWED = Gauge("poise_limit_allowed", "What a limit allows at most, or at least.", ("limit", "subject"))
LIMIT_HEADROOM = Gauge(
    "poise_limit_headroom_ratio",
    "The share of what a limit allows that is left: 0 at the limit, below 0 beyond it.",
    ("limit", "subject"),
)
DECISIONS = Counter(
    "poise_risk_decisions_total",
    "Requests decided, by verdict and by the limit that made them smaller or rejected them.",
    ("action", "verdict", "binding_limit"),
)
MODE = Gauge("poise_risk_mode", "1 for the mode that risk is in.", ("mode",))


class RiskFigures:
    """Shows what risk says."""

    def __init__(self) -> None:
        self._shown: frozenset[tuple[str, str]] = frozenset()

    def see(self, outputs: Sequence[Output], _now: datetime) -> None:
        """Show what of a core's outputs Prometheus is told."""
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

    def _show(self, state: RiskState) -> None:
        for mode in SystemMode:
            MODE.labels(mode.value).set(mode is state.mode)
        for use in state.headroom:
            LIMIT_VALUE.labels(use.limit, use.subject).set(float(use.value))
            LIMIT_ALLOWED.labels(use.limit, use.subject).set(float(use.allowed))
            LIMIT_HEADROOM.labels(use.limit, use.subject).set(left_of(use))
        shown = frozenset((use.limit, use.subject) for use in state.headroom)
        for gone in self._shown - shown:
            for gauge in (LIMIT_VALUE, LIMIT_ALLOWED, LIMIT_HEADROOM):
                gauge.remove(*gone)
        self._shown = shown


def left_of(use: LimitHeadroom) -> float:
    """Return the share of what is allowed that is left: 1 where nothing is used, -inf beyond any share."""
    used, whole = (use.allowed, use.value) if use.at_least else (use.value, use.allowed)
    if used <= 0:
        return 1.0
    return -inf if whole <= 0 else float(1 - used / whole)
