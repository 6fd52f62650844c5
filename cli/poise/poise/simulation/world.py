"""One seeded world: the exchange, all five cores by the shipped configuration, and the bus between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from poise.simulation.desk import SimulatedDesk
from poise.simulation.exchange_effects import NetworkFaults
from poise.simulation.kills import Kill, seeded_kills
from poise.simulation.memory_bus import BusFaults, MemoryBus
from poise.simulation.restoring import restored_execution, restored_portfolio, restored_risk, restored_signals
from poise.simulation.seat import CoreBuilder
from poise.simulation.venue import SimulatedVenue
from poise.simulation.venues import SimulatedVenues
from poise.stack import FIRST_VENUE
from poise_common.contracts.message import Message
from poise_common.contracts.signatures import Signer, Verifier
from poise_common.contracts.streams import TIERS, Service
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import seeded_ids
from poise_common.platform.config import load_section
from poise_execution.domain.core import ExecutionCore
from poise_execution.domain.parameters import ExecutionConfig
from poise_ingestion.domain.core import IngestionCore
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig
from poise_portfolio.domain.core import PortfolioCore
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_risk.domain.core import RiskCore
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook
from poise_signals.domain.config import strategies_config
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.regimes.asset_models import AssetsConfig
from poise_simulator.domain.assets import CATALOGUE, AssetProfile
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.places import Place
from poise_simulator.domain.regimes import DRIFTS

Section = TypeVar("Section", bound=BaseModel)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_IDS_OF_VENUES_BESIDE, _IDS_OF_SCANS = 4, 5
"""What is added to the seed: nobody draws the ids of another."""


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """What a world is made of besides its seed."""

    config_directory: Path
    bus: BusFaults = field(default_factory=BusFaults)
    network: NetworkFaults = field(default_factory=NetworkFaults)
    assets: tuple[AssetProfile, ...] = CATALOGUE
    funding_interval_s: int = 20
    dated: DatedTerms | None = None
    """The exchange's dated futures; without terms it has none."""
    environment: dict[str, str] = field(default_factory=dict)
    beside: Mapping[str, tuple[AssetProfile, ...]] = field(default_factory=dict)
    """Further venues of the world, one at most, and what they list of its assets."""
    kills: int = 0
    """How many times a process is lost…"""
    kills_until: datetime = START + timedelta(minutes=1)
    """…before this time."""


class World:
    """A desk and its exchange on one virtual clock; the same seed and options give the same digest."""

    def __init__(self, seed: int, options: WorldOptions) -> None:
        self.exchanges = _exchanges(seed, options)
        self.published: list[Message] = []
        self.operator = Signer(_private_key(f"{seed}:operator"))
        """Signs acknowledgements that execution takes."""
        universe = _load(options, "universe", UniverseConfig)
        execution = _load(options, "execution", ExecutionConfig)
        self._bus = MemoryBus(Random(f"{seed}:bus"), options.bus)  # noqa: S311 - seeded for repetition, guards nothing
        venues = {
            name: SimulatedVenue(
                name,
                exchange,
                universe,
                random=Random(f"{seed}:network{beside}"),  # noqa: S311 - seeded for repetition, guards nothing
                faults=options.network,
                receive_window=timedelta(seconds=execution.orders.receive_window_s),
                new_id=seeded_ids(seed if not beside else seed + _IDS_OF_VENUES_BESIDE),
            )
            for (name, exchange), beside in zip(self.exchanges.items(), ("", *options.beside), strict=True)
        }
        self._venue = SimulatedVenues(venues, seeded_ids(seed + _IDS_OF_SCANS))
        self._kills = seeded_kills(
            Random(f"{seed}:kills"),  # noqa: S311 - seeded for repetition, guards nothing
            count=options.kills,
            start=START,
            until=options.kills_until,
        )
        self.desk = SimulatedDesk(
            _cores(seed, options, universe),
            self._bus,
            self._venue,
            start=START,
            kills=self._kills,
            observe=lambda _service, message: self.published.append(message),
        )

    @property
    def exchange(self) -> Exchange:
        """Return the first venue's exchange."""
        return self.exchanges[FIRST_VENUE]

    @property
    def duplicates_delivered(self) -> int:
        """Return how many work deliveries were repeats."""
        return self._bus.repeats

    @property
    def killed(self) -> Sequence[Kill]:
        """Return the losses of processes so far."""
        return self._kills.struck

    @property
    def answers_lost(self) -> int:
        """Return how many order requests went without an answer."""
        return self._venue.answers_lost


def _exchanges(seed: int, options: WorldOptions) -> dict[str, Exchange]:
    first = ExchangeConfig(assets=options.assets, funding_interval_s=options.funding_interval_s, dated=options.dated)
    drift = DRIFTS[first.regimes.name]
    configs = {FIRST_VENUE: first} | {
        name: replace(first, assets=listed, place=Place(name, options.assets, drift))
        for name, listed in options.beside.items()
    }
    return {name: Exchange(config, seed=seed, start_ms=to_ms(START)) for name, config in configs.items()}


def _load(options: WorldOptions, section: str, model: type[Section]) -> Section:
    reserved = {"ingestion": ("tier",), "execution": ("verify_key_file",)}.get(section, ())
    return load_section(options.config_directory, section, model, options.environment, reserved=reserved)


def _private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(blake2b(name.encode(), digest_size=32).digest())


def _cores(seed: int, options: WorldOptions, universe: UniverseConfig) -> dict[Service, CoreBuilder]:
    risk_key = _private_key(f"{seed}")
    signer, verifier = Signer(risk_key), Verifier(risk_key.public_key())
    operator = Verifier(_private_key(f"{seed}:operator").public_key())
    ingestion = _load(options, "ingestion", IngestionConfig)
    strategies = _load(options, "strategies", strategies_config())
    assets = _load(options, "assets", AssetsConfig)
    limits = _load(options, "limits", LimitsConfig)
    execution = _load(options, "execution", ExecutionConfig)
    portfolio = _load(options, "portfolio", PortfolioParameters)
    # A process that comes back draws other ids than the one before it, as a live one does.
    ingestion_ids, risk_ids, portfolio_ids = seeded_ids(seed + 1), seeded_ids(seed + 2), seeded_ids(seed + 3)
    return {
        Service.INGESTION: lambda _: IngestionCore(universe, ingestion, frozenset(TIERS), ingestion_ids),
        Service.SIGNALS: lambda records: SignalsCore(strategies, assets, restored_signals(records)),
        Service.RISK: lambda records: RiskCore(Rulebook(limits), signer, risk_ids, restored_risk(records)),
        Service.EXECUTION: lambda records: ExecutionCore(execution, verifier, restored_execution(records), operator),
        Service.PORTFOLIO: lambda records: PortfolioCore(portfolio, portfolio_ids, restored_portfolio(records)),
    }
