"""Who may connect to whom, by the compose file's networks, and who really can."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.compose.stack import FILE, Container, Stack, run

LISTENING = {
    "redis": [6379],
    "postgres": [5432],
    "simulator": [8100, 8101],
    "prometheus": [9090],
    "alertmanager": [9093],
    "grafana": [3000],
    "notifier": [9100, 9101],
}
"""What a server or service listens on; every other service: its metrics."""
METRICS = [9100]
REACHING_OUT = frozenset({"ingestion-tier1", "ingestion-tier2", "ingestion-tier3", "execution", "notifier"})
ON_THE_HOST = frozenset({"prometheus", "grafana"})
"""What is published on the host's 127.0.0.1 is its neighbour: the one way in is also a way to the host, not beyond."""
_PROBE = (Path(__file__).parent / "reachable.py").read_text()


@dataclass(frozen=True)
class Way:
    """From one container to an address of another."""

    source: str
    target: str
    address: str
    port: int

    @property
    def at(self) -> tuple[str, int]:
        return self.address, self.port

    @property
    def is_meant(self) -> bool:
        return bool(networks_of(self.source) & networks_of(self.target))

    def __str__(self) -> str:
        return f"{self.source} → {self.target} {self.address}:{self.port}"


def networks_of(service: str) -> frozenset[str]:
    return frozenset(FILE["services"][service].get("networks", ()))


def ways(containers: Iterable[Container]) -> Iterator[Way]:
    """Every way there could be between two services: to each address that the target has in a network.

    Where both are in one network, the addresses in that alone.
    """
    there = list(containers)
    for source in there:
        for target in there:
            if source.service == target.service:
                continue
            shared = networks_of(source.service) & networks_of(target.service)
            for network, address in target.addresses.items():
                if shared and network not in shared:
                    continue
                for port in LISTENING.get(target.service, METRICS):
                    yield Way(source.service, target.service, address, port)


def reached_from(container: Container, addresses: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return those addresses that somebody within a container's network gets a connection to."""
    asked = [f"{host} {port}" for host, port in addresses]
    within = ["docker", "run", "--rm", "-i", "--network", f"container:{container.id}", "--cap-drop", "ALL"]
    said = run(*within, "python:3.11-slim-bookworm", "python3", "-", *asked, given=_PROBE)
    answers = (line.split() for line in said.splitlines())
    return {(host, int(port)) for host, port, answer in answers if answer == "yes"}


def gateway_of(stack: Stack, network: str) -> str:
    """Return the address that the engine's host has in a network."""
    template = "{{range .IPAM.Config}}{{.Gateway}}{{end}}"
    return run("docker", "network", "inspect", "-f", template, f"{stack.project}_{network}").strip()
