"""Execution with real servers and a venue that does wrong on command; the rest of the desk is spoken for."""

import asyncio
import json
import shutil
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from redis.asyncio import Redis
from tests.reliability.surroundings import Surroundings
from tests.reliability.venue_control import VenueControl

from poise.embedded import embedded_servers
from poise.stack import DeskAddresses, local_venues, service_processes, simulator_process
from poise.supervisor import Patience, ProcessSpec, Supervisor
from poise_common.platform.clock import utc_now
from poise_common.platform.crew import Crew
from poise_common.platform.key_files import ensure_key_pair
from poise_common.platform.migrations import upgrade
from poise_venues.market_data import open_market_data
from poise_venues.parameters import VenueConfig

ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN_S = 60
_AMPLE = 20
"""Times the venue's own request limits: a campaign asks in minutes what a desk asks in hours."""
_SPOT_USDT, _FUTURES_USDT = 600_000, 400_000


@dataclass(frozen=True, slots=True)
class RigOptions:
    """What a campaign needs."""

    directory: Path
    """For configuration, keys and logs."""
    venues: Sequence[str]
    """Each an account of its own at the one simulated venue."""
    assets: Sequence[str]
    seed: int
    funding_interval_s: int = 28_800


@dataclass(frozen=True, slots=True)
class Rig:
    """What a campaign works with."""

    around: Surroundings
    venue: VenueControl
    addresses: DeskAddresses
    supervisor: Supervisor
    operator_key: Ed25519PrivateKey


@asynccontextmanager
async def running_rig(options: RigOptions) -> AsyncIterator[Rig]:
    """Run servers, venue and execution until the end of the block; ready to trade."""
    config = _write_config(options)
    keys = options.directory / "keys"
    logs = options.directory / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with embedded_servers() as servers:
        addresses = DeskAddresses(
            redis_url=servers.redis_url,
            database_url=servers.database_url,
            venue_urls=local_venues(["paper"]),
            config_directory=config,
            key_directory=keys,
        )
        ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
        ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
        await asyncio.to_thread(upgrade, addresses.database_url, directory=ROOT / "infra/postgres/migrations")
        supervisor = Supervisor(logs, lambda line: print(line, flush=True), patience=Patience(0.2, 1.0))
        redis: Redis = Redis.from_url(servers.redis_url)
        crew = Crew()
        around = _surroundings(addresses, options, redis)
        try:
            supervisor.start(_venue_process(addresses, options))
            await _listening(addresses.venue_ports["paper"])
            supervisor.start(_execution_process(addresses, options))
            async with aiohttp.ClientSession() as client:
                await around.prepare()
                crew.start(around.speak())
                crew.start(around.listen())
                await around.until(
                    lambda: all(
                        (state := around.heard.venues.get(venue)) is not None and state.reconciled_at is not None
                        for venue in options.venues
                    ),
                    within_s=_STARTS_WITHIN_S,
                    what="every account compared with execution's books",
                )
                operator_key = _private_key(addresses.operator_key_file)
                control = VenueControl(addresses.venue_urls["paper"], client)
                yield Rig(around, control, addresses, supervisor, operator_key)
                crew.check()
        finally:
            await crew.end()
            await supervisor.stop()
            await around.leave()
            await redis.aclose()


def _surroundings(addresses: DeskAddresses, options: RigOptions, redis: Redis) -> Surroundings:
    # A name of its own gives it request budgets of its own: what it reads takes nothing from execution.
    terms = _venue_terms(options.venues[0]) | {"base_url": addresses.venue_urls["paper"]}
    prices = open_market_data("prices", VenueConfig.model_validate(terms), redis=redis, now=utc_now)
    return Surroundings(
        redis, prices, _private_key(addresses.signing_key_file), venues=options.venues, assets=options.assets
    )


def _write_config(options: RigOptions) -> Path:
    config = options.directory / "config"
    shutil.rmtree(config, ignore_errors=True)
    shutil.copytree(ROOT / "config", config)
    (config / "venues.yaml").write_text(yaml.safe_dump({venue: _venue_terms(venue) for venue in options.venues}))
    return config


def _venue_terms(account: str) -> dict[str, Any]:
    terms: dict[str, Any] = yaml.safe_load((ROOT / "config" / "venues.yaml").read_text())["paper"]
    for budget in terms["rate_limits"]["budgets"].values():
        budget["weight"] *= _AMPLE
    return terms | {"api_key": account, "secret": account}


def _venue_process(addresses: DeskAddresses, options: RigOptions) -> ProcessSpec:
    limits = {"weight_per_minute": 6_000 * _AMPLE, "orders_per_10_s": 300 * _AMPLE}
    environment = {
        "POISE_SIMULATOR__ACCOUNTS": json.dumps(
            [{"account_id": venue, "spot_usdt": _SPOT_USDT, "futures_usdt": _FUTURES_USDT} for venue in options.venues]
        ),
        "POISE_SIMULATOR__API_KEYS": json.dumps(
            [{"key": venue, "secret": venue, "account_id": venue} for venue in options.venues]
        ),
        "POISE_SIMULATOR__SPOT_LIMITS": json.dumps(limits),
        "POISE_SIMULATOR__FUTURES_LIMITS": json.dumps(limits),
        "POISE_SIMULATOR__WALLET_LIMITS": json.dumps({"weight_per_minute": 12_000 * _AMPLE}),
    }
    plain = simulator_process(addresses, seed=options.seed, funding_interval_s=options.funding_interval_s)
    return replace(plain, environment={**plain.environment, **environment})


def _execution_process(addresses: DeskAddresses, options: RigOptions) -> ProcessSpec:
    (plain,) = (process for process in service_processes(addresses) if process.name == "execution")
    addressed = {f"POISE_VENUES__{venue.upper()}__BASE_URL": addresses.venue_urls["paper"] for venue in options.venues}
    kept = {name: value for name, value in plain.environment.items() if not name.startswith("POISE_VENUES__")}
    return replace(plain, environment=kept | addressed)


def _private_key(file: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{file} is no Ed25519 key")
    return key


async def _listening(port: int) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the simulated venue does not listen on {port}")
