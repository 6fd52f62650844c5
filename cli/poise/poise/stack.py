"""What the desk consists of as processes on one machine, in the order of the flow."""

import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from poise.supervisor import ProcessSpec
from poise_common.contracts.streams import TIERS

FIRST_VENUE = "paper"
SIMULATED_VENUES: Mapping[str, str] = {FIRST_VENUE: "--port", "paper_okx": "--okx-port"}
"""The simulator's option for the port of each venue that it can host."""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Matrices are small here: more threads than one a process only take the cores from each other."""


@dataclass(frozen=True, slots=True)
class DeskAddresses:
    """Where everything of a local desk is found."""

    redis_url: str
    database_url: str
    venue_urls: Mapping[str, str]
    """Of each simulated venue that is traded, by its name in `config/venues.yaml`."""
    config_directory: Path
    key_directory: Path

    @property
    def venue_ports(self) -> dict[str, int]:
        return {venue: int(url.rsplit(":", 1)[1]) for venue, url in self.venue_urls.items()}

    @property
    def signing_key_file(self) -> Path:
        return self.key_directory / "risk-signing.pem"

    @property
    def verify_key_file(self) -> Path:
        return self.key_directory / "risk-verify.pem"

    @property
    def operator_key_file(self) -> Path:
        """The private key that acknowledges; no service reads it."""
        return self.key_directory / "operator.pem"

    @property
    def operator_public_key_file(self) -> Path:
        return self.key_directory / "operator-verify.pem"


def free_ports(count: int) -> list[int]:
    """Return loopback ports that were free just now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def local_venues(venues: Iterable[str]) -> dict[str, str]:
    """Return a loopback address with a free port for each of these simulated venues."""
    names = tuple(venues)
    return {venue: f"http://127.0.0.1:{port}" for venue, port in zip(names, free_ports(len(names)), strict=True)}


def simulator_process(addresses: DeskAddresses, *, seed: int, funding_interval_s: int) -> ProcessSpec:
    """Describe the process of the simulated world with all its venues; its first one is always there."""
    ports = {FIRST_VENUE: 0} | addresses.venue_ports
    listening = [part for venue, port in ports.items() for part in (SIMULATED_VENUES[venue], str(port))]
    command = [sys.executable, "-m", "poise_simulator", *listening]
    command += ["--seed", str(seed), "--funding-interval-s", str(funding_interval_s)]
    return ProcessSpec("simulator", command, _ONE_THREAD)


def service_processes(addresses: DeskAddresses) -> Iterator[ProcessSpec]:
    """Describe every service's process; ingestion runs once per tier."""
    common = {
        "POISE_REDIS__URL": addresses.redis_url,
        "POISE_DATABASE__URL": addresses.database_url,
        "POISE_CONFIG__DIR": str(addresses.config_directory),
        **venue_environment(addresses.venue_urls),
        **_ONE_THREAD,
    }
    for service in ("portfolio", "risk", "execution", "signals", "notifier"):
        yield _service(service, service, common | _keys_of(service, addresses))
    for tier in TIERS:
        yield _service("ingestion", f"ingestion-tier{tier}", {**common, "POISE_INGESTION__TIER": str(tier)})


def venue_environment(venue_urls: Mapping[str, str]) -> dict[str, str]:
    """Say to a service which simulated venues are traded, and where they are; the others are off."""
    said = {f"POISE_VENUES__{venue.upper()}__ENABLED": str(venue in venue_urls).lower() for venue in SIMULATED_VENUES}
    return said | {f"POISE_VENUES__{venue.upper()}__BASE_URL": url for venue, url in venue_urls.items()}


def _keys_of(service: str, addresses: DeskAddresses) -> dict[str, str]:
    match service:
        case "risk":
            return {"POISE_RISK__SIGNING_KEY_FILE": str(addresses.signing_key_file)}
        case "execution":
            return {
                "POISE_EXECUTION__VERIFY_KEY_FILE": str(addresses.verify_key_file),
                "POISE_EXECUTION__OPERATOR_KEY_FILE": str(addresses.operator_public_key_file),
            }
        case _:
            return {}


def _service(module: str, name: str, environment: Mapping[str, str]) -> ProcessSpec:
    return ProcessSpec(name, [sys.executable, "-m", f"poise_{module}"], environment)
