"""The whole desk as processes that a test starts, kills and starts again one by one."""

import asyncio
import json
import os
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
from redis.asyncio import Redis
from tests.integration.cli.commands import Ended, poise

from poise.desk_bus import DeskBus
from poise.stack import DeskAddresses, free_ports, service_processes
from poise.supervisor import ProcessSpec
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.key_files import ensure_key_pair

EAGER: Mapping[str, str] = {
    # Opens at once and holds on: with these thresholds and fees a package always pays, and never converges.
    "POISE_STRATEGIES__FUNDING_CARRY__ENTER_NET_YIELD_PCT": "-0.3",
    "POISE_STRATEGIES__FUNDING_CARRY__EXIT_EDGE_LEFT_PCT": "-5",
    "POISE_STRATEGIES__CASH_AND_CARRY__ENABLED": "false",
    "POISE_STRATEGIES__COSTS__FALLBACK_TAKER_FEE_PCT": "0",
    "POISE_STRATEGIES__COSTS__FALLBACK_MAKER_FEE_PCT": "0",
    "POISE_STRATEGIES__TIMING__REENTRY_AFTER_CLOSE_S": "1",
    "POISE_LIMITS__PROFILES__FOCUSED__PORTFOLIO_DAILY_LOSS_PCT": "90",
    "POISE_LIMITS__PROFILES__FOCUSED__ASSET_DAILY_LOSS_PCT": "90",
}
_LEFT_OUT = frozenset({"ingestion-tier2", "ingestion-tier3"})
"""Two assets are enough to hold something, and far less to compute."""
_ANSWERS_WITHIN_S = 10
_STOPS_WITHIN_S = 20
_LOOK_EVERY_S = 0.1
_DUST_USD = Decimal(50)
"""Execution's residual cap: what is smaller may stay with a closed package."""


class RunningDesk:
    """Every service as a process; none comes back by itself."""

    def __init__(self, addresses: DeskAddresses, folder: Path, redis: Redis) -> None:
        self._addresses = addresses
        self._folder = folder
        self._bus = DeskBus(redis)
        self._specs = {spec.name: spec for spec in service_processes(addresses) if spec.name not in _LEFT_OUT}
        self._health_ports = dict(zip(self._specs, free_ports(len(self._specs)), strict=True))
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    @property
    def ingestion(self) -> tuple[str, ...]:
        return ("ingestion-tier1",)

    async def start(self, names: Iterable[str] | None = None) -> None:
        for name in self._specs if names is None else names:
            self._processes[name] = await self._started(self._specs[name])

    async def ask(self, name: str, path: str) -> str:
        """Return what a service answers over HTTP: `/metrics`, `/healthz`."""
        url = f"http://127.0.0.1:{self._health_ports[name]}{path}"
        return await asyncio.to_thread(_read_text, url)

    async def ask_venue(self, path: str) -> str:
        """Return what the first venue answers over HTTP."""
        return await asyncio.to_thread(_read_text, f"{self._addresses.venue_urls['paper']}{path}")

    async def kill(self, names: Iterable[str]) -> None:
        """End processes without a word."""
        for name in names:
            self._processes[name].kill()
        await asyncio.gather(*(self._processes.pop(name).wait() for name in names))

    async def stop(self) -> None:
        running = [process for process in self._processes.values() if process.returncode is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def order(self, *arguments: str) -> Ended:
        """Run a command of a person who has the operator's key."""
        return await poise(
            *arguments,
            cwd=self._folder,
            POISE_REDIS__URL=self._addresses.redis_url,
            POISE_OPERATOR__KEY_FILE=str(self._addresses.operator_key_file),
        )

    async def risk(self) -> RiskState | None:
        return next(iter(await self._bus.newest(RiskState)), None)

    async def is_trading(self) -> bool:
        """Say whether risk is active and the ledger shows packages."""
        risk = await self.risk()
        is_active = risk is not None and risk.mode is SystemMode.ACTIVE
        return is_active and any(state.packages for state in await self._bus.newest(PortfolioState))

    async def is_flat(self) -> bool:
        """Say whether risk has seen everything closed."""
        risk = await self.risk()
        return risk is not None and risk.mode is SystemMode.HALTED and not risk.flattening

    async def is_halted(self) -> bool:
        risk = await self.risk()
        return risk is not None and risk.mode is SystemMode.HALTED

    async def act(self, name: str, **fields: object) -> None:
        """Have something happen at the venue that is not ours."""
        body = json.dumps({"account": "paper", **fields}).encode()
        request = Request(  # noqa: S310 - the test's own loopback address
            f"{self._addresses.venue_urls['paper']}/sim/v1/actions/{name}", body, {"Content-Type": "application/json"}
        )
        await asyncio.to_thread(_read, request)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Ask the book of record."""
        connection = await asyncpg.connect(self._addresses.database_url.replace("+asyncpg", ""))
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def held_at_the_venue_usd(self) -> dict[str, Decimal]:
        """Return what the venue's own fills leave of each instrument, at its last fill's price; dust left out."""
        held: dict[str, Decimal] = defaultdict(Decimal)
        prices: dict[str, Decimal] = {}
        for fill in await self._venue_fills():
            instrument = f"{fill['market']} {fill['symbol']}"
            sign = 1 if fill["side"] == "BUY" else -1
            held[instrument] += sign * Decimal(fill["quantity"])
            prices[instrument] = Decimal(fill["price"])
        worth = {name: abs(quantity) * prices[name] for name, quantity in held.items()}
        return {name: usd for name, usd in worth.items() if usd > _DUST_USD}

    async def until(self, holds: Any, what: str, *, within_s: float) -> None:
        """Wait until something asked for holds."""
        try:
            async with asyncio.timeout(within_s):
                while not await holds():
                    self._check_alive()
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s: {what}; logs in {self._folder}") from None

    def _check_alive(self) -> None:
        ended = [name for name, process in self._processes.items() if process.returncode is not None]
        assert not ended, f"ended by themselves: {ended}; logs in {self._folder}"

    async def _started(self, spec: ProcessSpec) -> asyncio.subprocess.Process:
        health = {"POISE_HEALTH__PORT": str(self._health_ports[spec.name])}
        with (self._folder / f"{spec.name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *spec.command, env={**os.environ, **spec.environment, **EAGER, **health}, stdout=log, stderr=log
            )

    async def _venue_fills(self) -> list[dict[str, Any]]:
        ledger = await asyncio.to_thread(_read, f"{self._addresses.venue_urls['paper']}/sim/v1/ledger?rows=true")
        return [fill for account in ledger["accounts"] for fill in account["fills"]]


def _read(request: str | Request) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(_read_text(request))
    return parsed


def _read_text(request: str | Request) -> str:
    try:
        with urlopen(request, timeout=_ANSWERS_WITHIN_S) as answer:  # noqa: S310 - the test's own loopback address
            text: str = answer.read().decode()
            return text
    except HTTPError as refusal:
        raise AssertionError(f"{refusal.code}: {refusal.read().decode()}") from None


@asynccontextmanager
async def running_desk(addresses: DeskAddresses, folder: Path) -> AsyncIterator[RunningDesk]:
    """Start every service, and end whatever of them still runs at the end."""
    ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
    ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
    async with connect_redis(addresses.redis_url) as redis:
        desk = RunningDesk(addresses, folder, redis)
        try:
            await desk.start()
            yield desk
        finally:
            await desk.stop()
