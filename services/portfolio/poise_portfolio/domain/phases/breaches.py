"""What was asked for to reach a phase and must go on as long as the desk is there: a breach takes it back.

Not everything that a gate measures can be broken later: months that were profitable stay so. What prices or a restart
do for a while is no breach either; each measure has its own patience.
"""

from collections.abc import Callable
from typing import NamedTuple

from poise_portfolio.domain.phases.evidence import Evidence
from poise_portfolio.domain.phases.parameters import PhasesParameters
from poise_portfolio.domain.phases.records import EventKind

Standing = Callable[[Evidence, PhasesParameters], str | None]


class Breach(NamedTuple):
    """The phase that the desk goes back to, and why."""

    back_to: int
    reason: str


def breach_of(evidence: Evidence, parameters: PhasesParameters) -> Breach | None:
    """Return the breach that takes the desk furthest back; None where all stands that its phase was reached by."""
    for phase, measure in STANDING:
        if phase <= evidence.phase.phase and (reason := measure(evidence, parameters)) is not None:
            return Breach(phase - 1, reason)
    return None


def _drawdown(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    worst_pct, allowed_pct = evidence.drawdown_pct, parameters.to_phase_1.drawdown_max_pct
    if worst_pct is None or worst_pct <= allowed_pct:
        return None
    return f"the drawdown reached {-worst_pct:.1f} %, beyond {-allowed_pct:f} %"


def _lock(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    limit = parameters.to_phase_1.lock_lasts_max
    old = [lock for lock in evidence.lasting(EventKind.LOCK) if evidence.now - lock.at > limit]
    if not old:
        return None
    hours = parameters.to_phase_1.lock_lasts_max_h
    return f"{old[0].subject} has been locked since {old[0].at:%Y-%m-%d %H:%M} UTC, for more than {hours:g} h"


def _uptime(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    asked = parameters.to_phase_1
    down = evidence.down_in(asked.uptime_days)
    if down <= asked.down_max:
        return None
    hours = down.total_seconds() / 3_600
    allowed_h = asked.down_max.total_seconds() / 3_600
    return (
        f"the desk was down for {hours:.1f} h of the last {asked.uptime_days} days; {asked.uptime_min_pct:f} % of"
        f" uptime leaves {allowed_h:.1f} h"
    )


def _matrices(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    hours = parameters.to_phase_2.matrices_stale_max_h
    since = evidence.stale_since
    if since is None or (evidence.now - since).total_seconds() <= hours * 3_600:
        return None
    return f"correlation matrices have been stale since {since:%Y-%m-%d %H:%M} UTC, for more than {hours:g} h"


def _limits(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    del parameters
    breaches = evidence.of(EventKind.LIMIT)
    if not breaches:
        return None
    newest = breaches[-1]
    return f"{newest.subject} stayed breached from {newest.at:%Y-%m-%d %H:%M} UTC on: {newest.detail}"


def _sizes(evidence: Evidence, parameters: PhasesParameters) -> str | None:
    del parameters
    oversized = evidence.of(EventKind.OVERSIZED)
    return (
        f"package {oversized[-1].subject} was let through beyond its size: {oversized[-1].detail}"
        if oversized
        else None
    )


STANDING: tuple[tuple[int, Standing], ...] = (
    (1, _drawdown),
    (1, _lock),
    (1, _uptime),
    (2, _matrices),
    (2, _limits),
    (3, _sizes),
)
"""By the phase that asked for it, the first phases first."""
