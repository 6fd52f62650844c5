"""The whole desk, each service as its own user of the bus and its own login of the book, trades; and people ask it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.access.servers import GuardedBook, GuardedRedis
from tests.integration.cli.commands import poise
from tests.integration.cli.running_desk import EAGER
from tests.integration.conftest import Simulator

from poise.desk_bus import DeskBus
from poise.stack import DeskAddresses, service_processes
from poise.supervisor import ProcessSpec, Supervisor
from poise_common.contracts.state import PortfolioState, RiskState, SystemMode
from poise_common.platform.key_files import ensure_key_pair

ROOT = Path(__file__).parents[2]
_TRADES_WITHIN_S = 90
_LOOK_EVERY_S = 0.2
_DENIED = ("NOPERM", "NoPermission", "no permissions", "permission denied", "InsufficientPrivilege")
"""How Redis and PostgreSQL say it."""

pytestmark = pytest.mark.timeout(240)


class Desk:
    """What runs, and how people look at it: as the user and login `console`."""

    def __init__(self, folder: Path, addresses: DeskAddresses, bus: GuardedRedis, book: GuardedBook) -> None:
        self.folder = folder
        self.addresses = addresses
        self.bus = bus
        self.book = book

    @property
    def persons_environment(self) -> dict[str, str]:
        return {
            "POISE_REDIS__URL": self.bus.url("console"),
            "POISE_DATABASE__URL": self.book.url("console"),
            "POISE_CONFIG__DIR": str(ROOT / "config"),
            "POISE_OPERATOR__KEY_FILE": str(self.addresses.operator_key_file),
        }

    def environment_of(self, process: str) -> Mapping[str, str]:
        """Return how a process logs in: each with its own name."""
        user = process.partition("-")[0]
        book = {} if user == "ingestion" else {"POISE_DATABASE__URL": self.book.url(user)}
        return {"POISE_REDIS__URL": self.bus.url(user), **book}

    def specs(self) -> Iterator[ProcessSpec]:
        for spec in service_processes(self.addresses):
            if spec.name not in {"ingestion-tier2", "ingestion-tier3"}:
                own = {name: value for name, value in spec.environment.items() if name != "POISE_DATABASE__URL"}
                yield replace(spec, environment={**own, **EAGER, **self.environment_of(spec.name)})

    async def is_trading(self, bus: DeskBus) -> bool:
        risk = next(iter(await bus.newest(RiskState)), None)
        is_active = risk is not None and risk.mode is SystemMode.ACTIVE
        return is_active and any(state.packages for state in await bus.newest(PortfolioState))

    def logs(self) -> dict[str, str]:
        return {file.stem: file.read_text() for file in self.folder.glob("*.log")}


@asynccontextmanager
async def trading(desk: Desk) -> AsyncIterator[None]:
    """Run every service until one package is open, and on while inside."""
    said: list[str] = []
    supervisor = Supervisor(desk.folder, said.append)
    for spec in desk.specs():
        supervisor.start(spec)
    try:
        async with Redis.from_url(desk.bus.url("console")) as redis, asyncio.timeout(_TRADES_WITHIN_S):
            while not await desk.is_trading(DeskBus(redis)):
                assert not supervisor.refused.done(), supervisor.refused.result()
                await asyncio.sleep(_LOOK_EVERY_S)
        yield
    except TimeoutError:
        pytest.fail(f"no package within {_TRADES_WITHIN_S} s; {said}; logs in {desk.folder}")
    finally:
        await supervisor.stop()


@pytest.fixture
def desk(tmp_path: Path, guarded_redis: GuardedRedis, guarded_book: GuardedBook, simulator: Simulator) -> Desk:
    addresses = DeskAddresses(
        redis_url=guarded_redis.url("console"),
        database_url=guarded_book.owner_url,
        venue_urls={"paper": simulator.http_url},
        config_directory=ROOT / "config",
        key_directory=tmp_path / "keys",
    )
    ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
    ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
    return Desk(tmp_path, addresses, guarded_redis, guarded_book)


async def test_the_desk_trades_with_nobody_allowed_more_than_its_own_work(desk: Desk) -> None:
    async with trading(desk):
        answers = await asyncio.gather(
            *(
                poise(*command, cwd=desk.folder, **desk.persons_environment)
                for command in (
                    ("status", "--json"),
                    ("opportunities", "--json"),
                    ("packages", "--json"),
                    ("universe", "--json"),
                    ("limits", "--json"),
                    ("limits", "history", "--json"),
                    ("why", "--json"),
                    ("report", "--json"),
                    ("phase", "--json"),
                )
            )
        )
        halted = await poise("halt", "--reason", "access", cwd=desk.folder, **desk.persons_environment)
    for answer in (*answers, halted):
        assert answer.code == 0, answer
    assert not denied_in(desk.logs())


def denied_in(logs: Mapping[str, str]) -> list[str]:
    """Return what any service was denied: the rules are to be as wide as its work, too."""
    lines = [f"{name}: {line}" for name, log in logs.items() for line in log.splitlines()]
    return [line for line in lines if any(word in line for word in _DENIED)]
