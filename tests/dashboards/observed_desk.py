"""A desk of processes that trades the simulated venues, and a Prometheus that asks each of them for its metrics."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.integration.service_process import ROOT

from poise.embedded import embedded_servers
from poise.stack import DeskAddresses, free_ports, local_venues, service_processes, simulator_process
from poise.supervisor import Supervisor
from poise_common.platform.key_files import ensure_key_pair
from poise_common.platform.migrations import upgrade

PROMETHEUS = shutil.which("prometheus")
SCRAPED_EACH_S = 1
_SEED = 7
_FUNDING_EACH_S = 20
_ANSWERS_WITHIN_S = 20


class ObservedDesk:
    """Where a running desk is asked: its book of record, and the Prometheus beside it."""

    def __init__(self, database_url: str, prometheus_url: str) -> None:
        self.database_url = database_url.replace("+asyncpg", "")
        self._prometheus_url = prometheus_url

    def ask_prometheus(self, path: str, **parameters: str | float) -> list[dict[str, Any]]:
        """Return the series of an answer; none while Prometheus is not yet up."""
        url = f"{self._prometheus_url}/api/v1/{path}?{urlencode(parameters)}"
        try:
            with urlopen(url, timeout=_ANSWERS_WITHIN_S) as answer:  # noqa: S310 - the test's own loopback address
                data: Any = json.load(answer)["data"]
                found: list[dict[str, Any]] = data["result"] if isinstance(data, dict) else data
                return found
        except HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:  # what it says while it reads what it has stored
                raise
        except URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
        return []


@asynccontextmanager
async def observed_desk(folder: Path) -> AsyncIterator[ObservedDesk]:
    """Start servers, venues, every service and a Prometheus; end them all on the way out."""
    with embedded_servers() as servers:
        addresses = DeskAddresses(
            redis_url=servers.redis_url,
            database_url=servers.database_url,
            venue_urls=local_venues(("paper", "paper_okx")),
            config_directory=ROOT / "config",
            key_directory=folder / "keys",
        )
        ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
        ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
        await asyncio.to_thread(upgrade, addresses.database_url, directory=ROOT / "infra" / "postgres" / "migrations")
        processes = list(service_processes(addresses))
        ports = dict(zip((process.name for process in processes), free_ports(len(processes)), strict=True))
        supervisor = Supervisor(folder, print)
        try:
            supervisor.start(simulator_process(addresses, seed=_SEED, funding_interval_s=_FUNDING_EACH_S))
            for process in processes:
                environment = {**process.environment, "POISE_HEALTH__PORT": str(ports[process.name])}
                supervisor.start(replace(process, environment=environment))
            with prometheus(folder, ports | {"simulator": addresses.venue_ports["paper"]}) as prometheus_url:
                yield ObservedDesk(addresses.database_url, prometheus_url)
        finally:
            await supervisor.stop()


@contextmanager
def prometheus(folder: Path, ports: Mapping[str, int]) -> Iterator[str]:
    """Run a Prometheus that asks loopback ports, each as a job of its service's name; yields its URL."""
    (port,) = free_ports(1)
    jobs = [{"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{each}"]}]} for name, each in ports.items()]
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"global": {"scrape_interval": f"{SCRAPED_EACH_S}s"}, "scrape_configs": jobs}))
    command = [
        str(PROMETHEUS),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    log = folder / "prometheus.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, env=dict(os.environ)) as process,  # noqa: S603
    ):
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
