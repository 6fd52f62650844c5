"""What the desk consists of as processes on one machine, in the order of the flow."""

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from poise.supervisor import ProcessSpec
from poise_common.contracts.streams import TIERS


@dataclass(frozen=True, slots=True)
class DeskAddresses:
    """Where everything of a local desk is found."""

    redis_url: str
    database_url: str
    simulator_url: str
    config_directory: Path
    key_directory: Path

    @property
    def simulator_port(self) -> int:
        return int(self.simulator_url.rsplit(":", 1)[1])

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


def simulator_process(addresses: DeskAddresses, *, seed: int, funding_interval_s: int) -> ProcessSpec:
    """Describe the simulated venue's process."""
    command = [sys.executable, "-m", "poise_simulator", "--port", str(addresses.simulator_port)]
    return ProcessSpec("simulator", [*command, "--seed", str(seed), "--funding-interval-s", str(funding_interval_s)])


def service_processes(addresses: DeskAddresses) -> Iterator[ProcessSpec]:
    """Describe every service's process; ingestion runs once per tier."""
    common = {
        "POISE_REDIS__URL": addresses.redis_url,
        "POISE_DATABASE__URL": addresses.database_url,
        "POISE_CONFIG__DIR": str(addresses.config_directory),
        "POISE_VENUES__PAPER__BASE_URL": addresses.simulator_url,
    }
    for service in ("portfolio", "risk", "execution", "signals", "notifier"):
        yield _service(service, service, common | _keys_of(service, addresses))
    for tier in TIERS:
        yield _service("ingestion", f"ingestion-tier{tier}", {**common, "POISE_INGESTION__TIER": str(tier)})


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
