"""The records, written and read back by a real PostgreSQL."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, START, Desk, balance, position, shipped_parameters
from tests.unit.portfolio.test_correlation_windows import correlating, history
from tests.unit.portfolio.test_restarting import day_of_trading
from tests.unit.portfolio.test_rolling import (
    SUCCESSOR,
    buy_the_near_future,
    carrying,
    passed_on,
    sell_the_far_future,
)

from poise_common.contracts.market_data import CandleInterval
from poise_common.contracts.packages import LimitCheck, PackageAction, PackageDecided, Verdict
from poise_portfolio.adapters.history_tables import candles, correlation_matrices, decisions
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.ledger.packages import Package
from poise_portfolio.domain.records import Books, Candles, Matrix

CANDLES_NEEDED = shipped_parameters().correlations.candles_needed
REPOSITORY = PortfolioRepository(lambda: START, timedelta(days=1), CANDLES_NEEDED)


async def saved(engine: AsyncEngine, *records: object) -> None:
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, records)


async def loaded(engine: AsyncEngine, repository: PortfolioRepository = REPOSITORY) -> Books:
    async with engine.begin() as connection:
        return await repository.load(connection)


async def count(engine: AsyncEngine, table: Any) -> int:
    async with engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


def comparable(books: Books) -> dict[str, Any]:
    """The books without an order among equals."""
    parts = {name: getattr(books, name) for name in Books.__dataclass_fields__}
    return {name: sorted(part, key=repr) if isinstance(part, tuple) else part for name, part in parts.items()}


async def test_what_is_read_back_is_what_was_written(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(*day_of_trading(desk)).tell(desk.book(SPOT, 105.0)).wait(1)
    # written as the shell writes: the records of each message in one transaction, here all at once and then again
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    assert comparable(await loaded(engine)) == comparable(books_of(desk.records))


async def test_where_a_package_was_rolled_from_is_read_back(engine: AsyncEngine) -> None:
    desk = carrying(Desk())
    buy_the_near_future(desk)
    sell_the_far_future(desk).tell(passed_on(desk, "2"), desk.closed(), desk.opened(SUCCESSOR))
    await saved(engine, *desk.records)
    books = await loaded(engine)
    assert comparable(books) == comparable(books_of(desk.records))
    assert {package.package_id: package.rolled_from for package in books.packages} == {
        PACKAGE: None,
        SUCCESSOR: PACKAGE,
    }


async def test_what_was_acknowledged_is_read_back(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.opened())
    traded = (position(PERPETUAL, "-1", "-3"), balance("futures", "USDT", "40101", "40300"))
    desk.tell(desk.acknowledged(*traded, left={PACKAGE: ("0.5", "1")}))
    desk.tell(desk.acknowledged(balance("spot", "USDT", "59900", "49900"))).wait(1)
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    books = await loaded(engine)
    assert comparable(books) == comparable(books_of(desk.records))
    assert [held.is_provisional for held in books.positions] == [True]
    assert books.external.transfer_usd == -10_000
    assert len(books.acknowledged_locks) == 2


async def test_a_desk_rebuilt_from_its_rows_values_itself_the_same(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    for record_count, message in enumerate(day_of_trading(desk)):
        desk.tell(message)
        await saved(engine, *desk.records[record_count:])
    again = Desk(await loaded(engine))
    again.now = desk.now
    for each in (desk, again):
        each.tell(each.book(SPOT, 105.0), each.book(PERPETUAL, 105.5)).wait(2)
    envelope = {"id", "trace_id", "hops"}
    assert again.state.model_dump(exclude=envelope) == desk.state.model_dump(exclude=envelope)


async def test_amounts_keep_every_digit(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "3", "100", fee="0.000000000000000001"))
    desk.tell(desk.fill(SPOT, "sell", "0.7", "99.99999999", action=PackageAction.CLOSE))
    await saved(engine, *desk.records)
    (package,) = (await loaded(engine)).packages
    assert package == desk.stored(Package)[-1]
    assert package.realised_pnl_usd == Decimal("-0.000000007")


async def test_packages_that_ended_long_ago_are_only_known_by_their_ids(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(*day_of_trading(desk))
    await saved(engine, *desk.records)
    later = PortfolioRepository(lambda: START + timedelta(days=2), timedelta(days=1), CANDLES_NEEDED)
    books = await loaded(engine, later)
    assert [package.is_final for package in books.packages] == [False]
    assert len(books.ended_packages) == 1


async def test_what_ended_long_ago_still_counts_in_its_strategys_track_record(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(*day_of_trading(desk))
    await saved(engine, *desk.records)
    later = PortfolioRepository(lambda: START + timedelta(days=2), timedelta(days=1), CANDLES_NEEDED)
    rebuilt = [Desk(await loaded(engine)), Desk(await loaded(engine, later))]
    for each in (desk, *rebuilt):
        each.now = desk.now
        each.tell(each.book(SPOT, 105.0), each.book(PERPETUAL, 105.5)).wait(2)
    assert [record.settled for record in desk.state.track_records] == [1]
    assert [each.state.track_records for each in rebuilt] == [desk.state.track_records] * 2


async def test_a_backfill_is_written_in_bulk_and_read_as_series(engine: AsyncEngine) -> None:
    desk = correlating(candle_rows_per_flush=2_000)
    for asset in ("BTC", "ETH"):
        desk.tell(history(desk, asset, [100.0 + bar % 7 for bar in range(10)], interval=CandleInterval.HOUR))
    desk.wait(1)
    (stored,) = desk.stored(Candles)
    await saved(engine, stored)
    await saved(engine, stored, Candles((stored.rows[0]._replace(close=7.0), stored.rows[0]._replace(close=8.0))))
    assert await count(engine, candles) == 20
    series = {found.asset: found for found in (await loaded(engine)).closes}
    assert series["ETH"].closes == tuple(row.close for row in stored.rows if row.asset == "ETH")
    assert series["ETH"].opened_at_ms == tuple(row.opened_at_ms for row in stored.rows if row.asset == "ETH")
    assert series["BTC"].closes[0] == 8.0


async def test_a_matrix_is_kept_and_what_it_says_may_go_goes(engine: AsyncEngine) -> None:
    desk = correlating()
    desk.tell(history(desk, "BTC", [100.0 + bar % 7 for bar in range(14)], interval=CandleInterval.HOUR))
    desk.wait(1).wait(1)
    (matrix,) = desk.stored(Matrix)
    await saved(engine, matrix)
    assert await count(engine, correlation_matrices) == 1
    newer = matrix.matrix.model_copy(update={"as_of": matrix.matrix.as_of + timedelta(days=91)})
    keep_since = newer.as_of - timedelta(days=90)
    await saved(engine, Matrix(newer, keep_since))
    assert await count(engine, correlation_matrices) == 1


async def test_decisions_are_kept_with_every_limit_that_was_checked(engine: AsyncEngine) -> None:
    desk = Desk()
    check = LimitCheck(
        limit="position_size", value=Decimal("0.12"), allowed=Decimal("0.1"), passed=False, passing_exposure_usd=None
    )
    decided = desk.message(
        PackageDecided,
        request_id=desk.new_id(START),
        package_id=desk.new_id(START),
        action=PackageAction.OPEN,
        strategy="funding_carry",
        asset="BTC",
        verdict=Verdict.REJECTED,
        requested_exposure_usd=Decimal(12_000),
        approved_exposure_usd=Decimal(0),
        binding_limit="position_size",
        reason="too large",
        checks=(check,),
        approval_id=None,
        decided_at=START,
    )
    desk.tell(decided, decided)
    await saved(engine, *desk.records)
    async with engine.connect() as connection:
        (row,) = await connection.execute(select(decisions))
    assert TypeAdapter(list[LimitCheck]).validate_python(row.checks) == [check]
    assert (row.verdict, row.binding_limit) == ("rejected", "position_size")
