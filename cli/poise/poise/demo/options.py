"""How a demo was asked for."""

from dataclasses import dataclass
from pathlib import Path

from poise.demo.scenarios.presets import ScenarioName


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
