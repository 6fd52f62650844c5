"""The phase and its gate as metrics."""

from prometheus_client import Gauge

from poise_common.contracts.state import PhaseState

PHASE = Gauge("poise_phase", "The phase that the desk is in.")
GATE_MET = Gauge(
    "poise_phase_gate_met", "Whether the next phase's requirement, or recommendation, is met.", ["name", "is_required"]
)


def show_phase(state: PhaseState) -> None:
    """Show a phase on its way out; what an earlier gate asked for is let go."""
    PHASE.set(state.phase)
    GATE_MET.clear()
    for line in state.gate:
        GATE_MET.labels(line.name, str(line.is_required).lower()).set(line.is_met)
