"""How a demo was asked for."""

from dataclasses import dataclass
from pathlib import Path

from poise.demo.scenarios.presets import ScenarioName
from poise.stack import SIMULATED_VENUES


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line gives."""

    seconds: float
    seed: int
    report: Path | None
    funding_interval_s: int
    log_directory: Path
    root: Path
    scenario: ScenarioName | None = None
    venues: tuple[str, ...] = tuple(SIMULATED_VENUES)
    """The simulated venues that are traded."""
    as_json: bool = False
    """The outcome is for a program: stdout is the report as JSON, all else goes to stderr."""
