"""What each service says it reads and writes, what it really reads, and the topology must agree."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from poise_common.contracts.streams import STREAMS, TIERS, Service, StreamKind, consumed_by, published_by
from poise_common.platform.asyncapi import document
from poise_common.platform.bus.work import WorkReader
from poise_common.platform.clock import utc_now
from poise_common.platform.connections import Connections
from poise_common.platform.service import ServiceSpec
from poise_common.platform.serving import Serving
from poise_common.platform.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
SERVICES = [service for service in Service if service is not Service.CONSOLE]
HEADINGS = ["Consumes", "Publishes", "Owns", "Refuses when"]
NAMES = {stream.name for stream in STREAMS}


class Nothing:
    """A core that decides nothing."""

    def start(self, now: object) -> tuple[()]:
        return ()

    def handle(self, message: object, now: object) -> tuple[()]:
        return ()

    def tick(self, now: object) -> tuple[()]:
        return ()


def section(service: Service, heading: str) -> str:
    text = (ROOT / "services" / service / "README.md").read_text()
    return re.split(r"^## ", text.partition(f"\n## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def streams_in(text: str) -> set[str]:
    return set(re.findall(r"`([^`\s]+)`", text)) & NAMES


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_readme_has_its_headings_in_order(service: Service) -> None:
    text = (ROOT / "services" / service / "README.md").read_text()
    found = [heading for heading in re.findall(r"^## (.+)$", text, re.MULTILINE) if heading in HEADINGS]
    assert found == HEADINGS


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_readme_names_what_it_consumes(service: Service) -> None:
    assert streams_in(section(service, "Consumes")) == {stream.name for stream in consumed_by(service)}


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_readme_names_what_it_publishes(service: Service) -> None:
    assert streams_in(section(service, "Publishes")) == {stream.name for stream in published_by(service)}


@pytest.mark.parametrize("service", SERVICES)
async def test_what_a_service_subscribes_to_is_what_the_topology_says(service: Service) -> None:
    spec = ServiceSpec(service=service, build_core=lambda _: Nothing())
    connections = Connections(spec, ServiceSettings())
    serving = Serving(spec, ServiceSettings(), connections, utc_now)
    read = {stream.name for stream in consumed_by(service) if stream.kind is StreamKind.WORK}
    followed = {
        name for stream in consumed_by(service) if stream.kind is not StreamKind.WORK for name in stream.names(TIERS)
    }
    subscribers: Any = serving._work._subscribers if isinstance(serving._work, WorkReader) else []
    assert {subscriber.stream_sub.name for subscriber in subscribers} == read
    assert {subscriber.stream_sub.group for subscriber in subscribers} <= {service.value}
    assert set(serving._feeds.names) == followed
    await connections.close()


def test_every_service_has_a_folder_and_every_folder_is_a_service_or_the_simulator() -> None:
    folders = {path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").exists()}
    assert folders == {*SERVICES, "simulator"}


def test_the_asyncapi_document_is_the_codes() -> None:
    assert (ROOT / "docs" / "asyncapi.yaml").read_text() == document(), "run `make asyncapi`"


def test_the_compose_file_runs_every_service_and_ingestion_once_per_tier() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    built = [part["build"]["args"]["SERVICE"] for part in services.values() if "restart" in part and "build" in part]
    assert sorted(built) == sorted([*SERVICES, *[Service.INGESTION] * (len(TIERS) - 1), "simulator"])
    tiers = [part.get("environment", {}).get("POISE_INGESTION__TIER") for part in services.values() if "build" in part]
    assert sorted(filter(None, tiers)) == [str(tier) for tier in TIERS]
