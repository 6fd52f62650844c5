"""Validating the configuration as the services would at their start."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigProblem, ConfigRefused
from poise_execution.adapters.late_arrivals import late_arrival
from poise_execution.domain.parameters import ExecutionConfig
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig
from poise_notifier.domain.parameters import NotifierConfig
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_risk.domain.rules.notices import notices
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_signals.domain.config import StrategiesConfig, strategies_config
from poise_signals.domain.regimes.asset_models import AssetsConfig
from poise_venues.errors import VenueRefused
from poise_venues.parameters import VenuesConfig
from poise_venues.supported_venues import check_venue


@dataclass(frozen=True, slots=True)
class Section:
    """One file of the configuration: its type, and the keys of its environment that are a service's settings."""

    model: type[BaseModel]
    reserved: tuple[str, ...] = ()


SECTIONS: Mapping[str, Section] = {
    "venues": Section(VenuesConfig),
    "universe": Section(UniverseConfig),
    "ingestion": Section(IngestionConfig, reserved=("tier",)),
    "strategies": Section(strategies_config()),
    "assets": Section(AssetsConfig),
    "limits": Section(LimitsConfig),
    "execution": Section(ExecutionConfig, reserved=("verify_key_file", "operator_key_file")),
    "portfolio": Section(PortfolioParameters),
    "notifier": Section(NotifierConfig),
}


def check_all(directory: Path, environment: Mapping[str, str]) -> Iterator[str | ConfigRefused]:
    """Check every section: yield a line for each that passes, and each refusal."""
    passed: dict[str, BaseModel] = {}
    for name, section in SECTIONS.items():
        try:
            loaded = passed[name] = load_section(directory, name, section.model, environment, reserved=section.reserved)
        except ConfigRefused as refused:
            yield refused
            continue
        yield f"{directory / name}.yaml passes"
        if isinstance(loaded, LimitsConfig):
            yield from (f"  note: {notice}" for notice in notices(loaded))
    yield from _across_files(directory, passed)


def _across_files(directory: Path, passed: Mapping[str, BaseModel]) -> Iterator[ConfigRefused]:
    """Check what two files must agree on, as far as both pass by themselves."""
    venues, execution = passed.get("venues"), passed.get("execution")
    if isinstance(venues, VenuesConfig):
        yield from _refused_venues(directory, venues)
    if isinstance(venues, VenuesConfig) and isinstance(execution, ExecutionConfig):
        for name in venues.names:
            if (problem := late_arrival(name, venues[name], execution.orders)) is not None:
                yield ConfigRefused(directory / "venues.yaml", (problem,))
    limits, strategies, portfolio = passed.get("limits"), passed.get("strategies"), passed.get("portfolio")
    if not isinstance(limits, LimitsConfig):
        return
    if isinstance(strategies, StrategiesConfig) and (problem := _long_contest(limits, strategies)) is not None:
        yield ConfigRefused(directory / "limits.yaml", (problem,))
    if isinstance(portfolio, PortfolioParameters) and (closed := tuple(_closed_gates(limits, portfolio))):
        yield ConfigRefused(directory / "portfolio.yaml", closed)


def _refused_venues(directory: Path, venues: VenuesConfig) -> Iterator[ConfigRefused]:
    for name in venues.names:
        try:
            check_venue(name, venues[name])
        except VenueRefused as refused:
            yield ConfigRefused(directory / "venues.yaml", refused.problems)


def _long_contest(limits: LimitsConfig, strategies: StrategiesConfig) -> ConfigProblem | None:
    """Return what is wrong with how long a request waits for a last slot; the rest of its life is its approval's."""
    contest_ms = float(limits.limits.slot_contest_ms)
    life_ms = strategies.timing.request_expires_after_s * 1_000
    if contest_ms * 2 <= life_ms:
        return None
    return ConfigProblem(
        f"profiles.{limits.profile}.slot_contest_ms",
        contest_ms,
        f"a request lives {life_ms:g} ms (strategies, timing.request_expires_after_s) and would spend more than half of"
        " it waiting",
        f"at most {life_ms / 2:g} would pass",
    )


def _closed_gates(limits: LimitsConfig, portfolio: PortfolioParameters) -> Iterator[ConfigProblem]:
    """Yield what a gate asks of assets that the phase before it does not trade: nobody could ever show it."""
    phases = portfolio.phases
    asked = {1: phases.to_phase_1.assets, 2: phases.to_phase_2.assets, 3: phases.to_phase_3.assets}
    for phase, assets in asked.items():
        untraded = [asset for asset in assets if not limits.is_open_for_trading(asset, phase - 1)]
        if untraded:
            yield ConfigProblem(
                f"phases.to_phase_{phase}.assets",
                list(assets),
                f"phase {phase - 1} does not trade {', '.join(untraded)} (limits, phase_assets)",
                f"assets of phase {phase - 1} would pass",
            )
    if phases.initial not in limits.phase_assets:
        yield ConfigProblem(
            "phases.initial",
            phases.initial,
            "limits, phase_assets does not say what it trades",
            f"one of {sorted(limits.phase_assets)} would pass",
        )
