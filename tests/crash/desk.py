"""The desk as the demo starts it, with every service armed and asked for its health."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.crash.armed import FAILPOINT_FILE, OrderFile
from tests.crash.plan import SERVICES
from tests.crash.servers import KillablePostgres, KillableRedis, killable_servers

from poise.stack import DeskAddresses, free_ports, local_venues, service_processes, simulator_process
from poise.supervisor import Patience, ProcessSpec, Supervisor
from poise_common.platform.key_files import ensure_key_pair
from poise_common.platform.migrations import upgrade

ROOT = Path(__file__).parents[2]

BRISK: Mapping[str, str] = {
    "POISE_LIMITS__PROFILE": "wide",
    "POISE_LIMITS__PROFILES__WIDE__PACKAGES_OPEN_MAX": "10",
    "POISE_LIMITS__PROFILES__FOCUSED__EXITS__AGE_MAX_DAYS": "0.0002",
    "POISE_LIMITS__PROFILES__FOCUSED__ASSET_DAILY_LOSS_PCT": "90",
    "POISE_LIMITS__PROFILES__FOCUSED__PORTFOLIO_DAILY_LOSS_PCT": "90",
    "POISE_LIMITS__PROFILES__FOCUSED__DRAWDOWN_PCT": "90",
    # 2 % of equity, however the packages of a desk that is killed again and again turn out.
    "POISE_STRATEGIES__SIZING__KELLY__FRACTION": "0.125",
    "POISE_STRATEGIES__SIZING__KELLY__SETTLED_MIN": "1000000",
    "POISE_STRATEGIES__CASH_AND_CARRY__ENABLED": "false",
    "POISE_STRATEGIES__FUNDING_CARRY__ENTER_NET_YIELD_PCT": "-0.3",
    "POISE_STRATEGIES__FUNDING_CARRY__EXIT_EDGE_LEFT_PCT": "-0.4",
    "POISE_STRATEGIES__TIMING__REENTRY_AFTER_CLOSE_S": "1",
    "POISE_STRATEGIES__TIMING__RETRY_AFTER_ABORT_S": "1",
}
"""What makes the desk open and close all the time, at a loss; everything else is the shipped configuration."""

ROOMY: Mapping[str, str] = {
    "POISE_VENUES__PAPER__RATE_LIMITS__BUDGETS__SPOT__WEIGHT": "24000",
    "POISE_VENUES__PAPER__RATE_LIMITS__BUDGETS__FUTURES__WEIGHT": "9600",
    "POISE_VENUES__PAPER__RATE_LIMITS__BUDGETS__FUTURES_FUNDING__WEIGHT": "2000",
    "POISE_SIMULATOR__SPOT_LIMITS__WEIGHT_PER_MINUTE": "24000",
    "POISE_SIMULATOR__FUTURES_LIMITS__WEIGHT_PER_MINUTE": "9600",
}
"""The venue lets us ask four times as much as the real one: that is not made for a restart every few seconds."""

SETTINGS = {**BRISK, **ROOMY}

_KEPT = {"POISE_BUS__WORK_RETENTION_S": "86400"}
"""The checker reads the work streams whole."""

_PATIENCE = Patience(restart_pause_first_s=0.05, restart_pause_max_s=0.2)
_FUNDING_INTERVAL_S = 15
_LOOK_EVERY_S = 0.05
_ANSWER_WITHIN_S = 0.5
_READY_WITHIN_S = 90.0


class NotReady(Exception):
    """The desk did not become ready; the text says what was waited for."""


@dataclass(slots=True)
class CrashDesk:
    """A running desk: its addresses, its servers, and what its services say of themselves."""

    addresses: DeskAddresses
    redis: KillableRedis
    postgres: KillablePostgres
    supervisor: Supervisor
    folder: Path
    health_ports: Mapping[str, int]
    _failpoints: dict[str, OrderFile] = field(default_factory=dict)

    def orders_for(self, service: str) -> OrderFile:
        """Return where a service's order to strike at a failpoint lies."""
        return self._failpoints.setdefault(service, OrderFile(self.folder / f"{service}.failpoint"))

    def process_id(self, name: str) -> int | None:
        """Return a service's process while it runs; raises ProcessRefusedToStart once one will not come back."""
        self._check_none_refused()
        return self.supervisor.process_id(name)

    def _check_none_refused(self) -> None:
        if self.supervisor.refused.done():
            raise self.supervisor.refused.result()

    async def unready(self, service: str) -> str | None:
        """Ask a service why it is not ready; None where it is. One that is gone or paused does not answer."""
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.health_ports[service])
                try:
                    writer.write(b"GET /readyz HTTP/1.1\r\n\r\n")
                    answer = await reader.read()
                finally:
                    writer.close()
        except OSError:  # a time-out is one
            return "no answer"
        head, _, body = answer.partition(b"\r\n\r\n")
        return None if head.split(b" ")[1:2] == [b"200"] else body.decode()

    async def ready(self, services: tuple[str, ...] = SERVICES, *, steady_s: float, within_s: float) -> float | None:
        """Wait until all are ready and stay so for `steady_s`; return the loop's time at which that stretch began.

        None where it did not begin within `within_s`. Raises ProcessRefusedToStart once one will not come back.
        """
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + within_s
        since: float | None = None
        while since is None or loop.time() - since < steady_s:
            self._check_none_refused()
            asked_at = loop.time()
            if any(await asyncio.gather(*(self.unready(service) for service in services))):
                since = None
                if asked_at > ends_at:
                    return None
            elif since is None:
                since = asked_at
            await asyncio.sleep(_LOOK_EVERY_S)
        return since


@asynccontextmanager
async def running_desk(folder: Path, seed: int, say: Callable[[str], None]) -> AsyncIterator[CrashDesk]:
    """Start servers, simulator and services, and yield them ready; all are ended on the way out."""
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with killable_servers() as (redis, postgres):
        addresses = DeskAddresses(
            redis_url=redis.url,
            database_url=postgres.url,
            venue_urls=local_venues(["paper"]),
            config_directory=ROOT / "config",
            key_directory=folder / "keys",
        )
        ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
        ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
        await asyncio.to_thread(upgrade, postgres.url, directory=ROOT / "infra/postgres/migrations")
        supervisor = Supervisor(logs, say, patience=_PATIENCE)
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        desk = CrashDesk(addresses, redis, postgres, supervisor, folder, ports)
        try:
            simulator = simulator_process(addresses, seed=seed, funding_interval_s=_FUNDING_INTERVAL_S)
            supervisor.start(replace(simulator, environment={**simulator.environment, **ROOMY}))
            for process in service_processes(addresses):
                supervisor.start(_armed(process, desk))
            if await desk.ready(steady_s=1.0, within_s=_READY_WITHIN_S) is None:
                raise NotReady(f"the services were not ready within {_READY_WITHIN_S:g} s; see {logs}/")
            yield desk
        finally:
            await supervisor.stop()


def _armed(process: ProcessSpec, desk: CrashDesk) -> ProcessSpec:
    """Start the same service through the launcher that can end it at a failpoint."""
    module = process.command[-1]
    environment = {
        **process.environment,
        **SETTINGS,
        **_KEPT,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "POISE_HEALTH__PORT": str(desk.health_ports[process.name]),
        FAILPOINT_FILE: str(desk.folder / f"{process.name}.failpoint"),
    }
    return replace(process, command=[sys.executable, "-m", "tests.crash.armed", module], environment=environment)
