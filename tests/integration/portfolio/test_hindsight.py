"""Hindsight, written and read back by a real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import START
from tests.unit.portfolio.hindsight_desk import HindsightDesk

from poise_portfolio.adapters.hindsight_tables import funding_predictions, refused_package_legs, refused_packages
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.hindsight.records import HindsightBooks

SIXTEEN = datetime(2026, 3, 2, 16, tzinfo=UTC)


async def saved(engine: AsyncEngine, *records: object) -> None:
    async with engine.begin() as connection:
        await repository(START).save(connection, records)


async def loaded(engine: AsyncEngine, now: datetime) -> HindsightBooks:
    async with engine.begin() as connection:
        return (await repository(now).load(connection)).hindsight


def repository(now: datetime) -> PortfolioRepository:
    return PortfolioRepository(lambda: now, timedelta(days=1), {})


def busy_desk() -> HindsightDesk:
    """One refused package has ended, two are followed; of two settlements foretold one is settled."""
    desk = HindsightDesk().ready().marked(100.0, 100.5)
    desk.tell(desk.decided(), desk.decided(), desk.decided("drawdown"), desk.evaluated(-0.01, 0.0))
    desk.tell(desk.decided(), desk.decided("drawdown")).wait(1)
    for settles_at in (SIXTEEN, SIXTEEN + timedelta(hours=8)):
        desk.now = settles_at - timedelta(seconds=60)
        settled_at = settles_at - timedelta(hours=8)
        desk.tell(desk.funding_rate(settles_at=settles_at, settled=[0.0003], last_settled_at=settled_at)).wait(1)
    return desk


def comparable(books: HindsightBooks) -> Any:
    return sorted(books.refused, key=repr), sorted(books.predictions, key=repr)


async def test_what_is_read_back_is_what_was_written(engine: AsyncEngine) -> None:
    desk = busy_desk()
    # written as the shell writes, and then again
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    found, wanted = await loaded(engine, START), books_of(desk.records).hindsight
    assert comparable(found) == comparable(wanted)
    assert len(found.refused) == 2
    assert len(found.predictions) == 1


async def test_what_ended_long_ago_is_not_read_back(engine: AsyncEngine) -> None:
    desk = HindsightDesk().ready().marked(100.0, 100.5)
    desk.tell(desk.decided(), desk.evaluated(-0.01, 0.0)).wait(1)
    await saved(engine, *desk.records)
    assert len((await loaded(engine, desk.now + timedelta(hours=23))).refused) == 1
    assert (await loaded(engine, desk.now + timedelta(hours=25))).refused == ()


async def test_the_figures_of_a_row_are_those_of_its_record(engine: AsyncEngine) -> None:
    desk = busy_desk()
    await saved(engine, *desk.records)
    async with engine.connect() as connection:
        rows = {row.refusal_id: row for row in await connection.execute(select(refused_packages))}
    assert len(rows) == len(desk.refused) == 4
    for package in desk.refused:
        row = rows[package.refusal_id]
        assert (row.price_usd, row.funding_usd, row.fees_usd) == (
            package.price_usd,
            package.funding_usd,
            package.fees_usd,
        )
        assert (row.ended_at, row.ended_for) == (package.ended_at, package.end)


@pytest.mark.parametrize(
    "wrong",
    [
        update(refused_packages).values(ended_for="age", ended_at=None),
        update(refused_packages).values(ended_for=None, ended_at=START + timedelta(days=9)),
        update(refused_packages).values(ended_for="boredom", ended_at=START + timedelta(days=9)),
        update(refused_packages).values(ended_for="age", ended_at=START - timedelta(days=9)),
        update(refused_packages).values(exposure_usd=0),
        update(refused_packages).values(refusals=0),
        update(refused_packages).values(decision_id=refused_packages.c.refusal_id),
        update(refused_package_legs).values(quantity=-refused_package_legs.c.quantity),
        update(refused_package_legs).values(quantity=0),
        update(funding_predictions).values(predicted_at=funding_predictions.c.settles_at),
    ],
)
async def test_states_that_cannot_be_are_refused(engine: AsyncEngine, wrong: Any) -> None:
    await saved(engine, *busy_desk().records)
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(wrong)
