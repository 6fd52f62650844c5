"""The simulated venue's side of a scenario: started, and asked how far it is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from poise.demo.scenarios.presets import ScenarioName
from poise.demo.simulator_api import ask_simulator

_MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Underway:
    """A scenario as the venue has it; `began_at` is None while it waits for an entry."""

    duration_s: float
    asset: str | None
    began_at: datetime | None


async def start_scenario(simulator_url: str, name: ScenarioName) -> Underway:
    """Start it. Raises DemoFailed where the venue refuses."""
    return _underway(await ask_simulator(simulator_url, f"scenarios/{name}", {}))


async def scenario_underway(simulator_url: str, name: ScenarioName) -> Underway | None:
    """Return how far it is; None when it is over."""
    running = (await ask_simulator(simulator_url, "scenarios"))["running"]
    return next((_underway(each) for each in running if each["name"] == name), None)


def _underway(said: dict[str, Any]) -> Underway:
    began_ms = said["began_ms"]
    return Underway(
        duration_s=said["duration_s"],
        asset=said["asset"],
        began_at=None if began_ms is None else datetime.fromtimestamp(began_ms / _MS_PER_S, UTC),
    )
