"""A small service on the real shell, in risk's place of the topology: what the platform promises, seen through it."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegIntent, LegRole, OpenPackage, PackageAction, PackageDecided, Verdict
from poise_common.contracts.streams import Service
from poise_common.domain.instruments import Side
from poise_common.platform.clock import utc_now
from poise_common.platform.database import create_engine, upsert
from poise_common.platform.ids import random_ids
from poise_common.platform.service import Push, ServiceSpec
from poise_common.platform.settings import (
    BusSettings,
    DatabaseSettings,
    LeaseSettings,
    RedisSettings,
    ServiceSettings,
)
from poise_common.platform.shell_tables import shell_tables

SCHEMA = "toy"
METADATA = MetaData(schema=SCHEMA)
shell_tables(METADATA)
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("request_id", Uuid, primary_key=True),
    Column("strategy", Text, nullable=False),
    Column("handled", Integer, nullable=False),
)
POISON = "poison"
new_id = random_ids()


@dataclass(frozen=True)
class Decision:
    request_id: UUID
    strategy: str
    handled: int


class ToyCore:
    """Decides every request once; raises on poison; counts what it sees."""

    def __init__(self, handled: int = 0) -> None:
        self.handled = handled
        self.seen: list[Message] = []
        self.arrivals = asyncio.Condition()

    def start(self, now: datetime) -> Sequence[Output]:
        return ()

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        self.seen.append(message)
        if not isinstance(message, OpenPackage):
            return ()
        if message.strategy == POISON:
            raise ValueError(POISON)
        self.handled += 1
        return (
            Store(Decision(message.id, message.strategy, self.handled)),
            Publish(decision_on(message, now)),
            Run(message.strategy),
        )

    def tick(self, now: datetime) -> Sequence[Output]:
        return ()

    def books(self) -> list[OrderBook]:
        return [message for message in self.seen if isinstance(message, OrderBook)]


class ToyRepository:
    async def load(self, connection: AsyncConnection) -> Any:
        return len((await connection.execute(select(DECISIONS))).all())

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        rows = [record.__dict__ for record in records if isinstance(record, Decision)]
        await upsert(connection, DECISIONS, rows)


@dataclass
class ToyEffects:
    ran: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def run(self, effect: object, push: Push) -> None:
        self.ran[str(effect)] += 1


@dataclass
class Toy:
    """The toy's parts, to look at from a test."""

    core: ToyCore = field(default_factory=ToyCore)
    effects: ToyEffects = field(default_factory=ToyEffects)

    def spec(self) -> ServiceSpec:
        def build(handled: int | None) -> ToyCore:
            self.core = ToyCore(handled or 0)
            return self.core

        return ServiceSpec(
            service=Service.RISK,
            build_core=build,
            repository=ToyRepository(),
            schema=SCHEMA,
            effects=self.effects,
            tables={"decisions": DECISIONS},
            tick_interval_s=0.05,
        )


def settings(redis_url: str, database_url: str | None = None, **bus: float) -> ServiceSettings:
    """Settings with a quick upkeep and a short lease, so that tests need not wait long for them."""
    return ServiceSettings(
        redis=RedisSettings(url=redis_url),
        database=DatabaseSettings(url=database_url),
        bus=BusSettings(**{"upkeep_interval_s": 0.05, "stop_grace_s": 2.0} | bus),
        lease=LeaseSettings(renew_every_s=0.3, timeout_s=3, stand_by_poll_s=0.05),
    )


async def create_tables(database_url: str, *, only_the_shells: bool = False) -> None:
    """Make the toy's schema anew."""
    tables = [table for table in METADATA.sorted_tables if not only_the_shells or table is not DECISIONS]
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        await connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))
        await connection.run_sync(METADATA.create_all, tables=tables)
    await engine.dispose()


async def decisions(database_url: str) -> list[Decision]:
    """Read what was decided, in order."""
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        rows = await connection.execute(select(DECISIONS).order_by(DECISIONS.c.handled))
        found = [Decision(*row) for row in rows]
    await engine.dispose()
    return found


def request(strategy: str = "carry") -> OpenPackage:
    """Make a request as signals would."""
    now = utc_now()
    leg = {
        "venue": "paper",
        "quantity": Decimal(1),
        "decision_price": Decimal(100),
        "limit_price": Decimal(101),
        "book_time": now,
    }
    return OpenPackage.first(
        new_id(now),
        "signals",
        now,
        package_id=uuid4(),
        strategy=strategy,
        asset="BTC",
        tier=1,
        long_leg=LegIntent(role=LegRole.LONG, symbol="BTC/USDT", side=Side.BUY, **leg),
        short_leg=LegIntent(role=LegRole.SHORT, symbol="BTC/USDT:USDT", side=Side.SELL, **leg),
        net_yield=Decimal("0.002"),
        expected_funding=Decimal("0.001"),
        net_apr=Decimal("0.2"),
        edge_score=Decimal(1),
        requested_at=now,
        expires_at=now,
    )


def decision_on(message: OpenPackage, now: datetime) -> PackageDecided:
    """Approve whatever is asked."""
    return PackageDecided.caused_by(
        message,
        "risk",
        now,
        request_id=message.id,
        package_id=message.package_id,
        action=PackageAction.OPEN,
        strategy=message.strategy,
        asset=message.asset,
        verdict=Verdict.APPROVED,
        requested_exposure_usd=message.exposure_usd,
        approved_exposure_usd=message.exposure_usd,
        binding_limit=None,
        reason="toy",
        checks=(),
        approval_id=None,
        decided_at=now,
    )


def book(symbol: str = "BTC/USDT", sequence: int = 1) -> OrderBook:
    """Make a book as ingestion would."""
    now = utc_now()
    return OrderBook.first(
        new_id(now),
        "received",
        now,
        venue="paper",
        symbol=symbol,
        tier=1,
        sequence=sequence,
        venue_time=now,
        received_at=now,
        bids=((100.0, 1.0),),
        asks=((101.0, 1.0),),
    )
