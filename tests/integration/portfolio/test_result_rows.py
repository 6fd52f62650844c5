"""Rows of what results are made of, of coins that were settled, and of how correlated assets were on average."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.portfolio.test_repository import comparable, loaded, saved
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import SPOT, START, Desk, shipped_parameters
from tests.unit.portfolio.inverse_desk import INVERSE
from tests.unit.portfolio.test_inverse_contracts import coin_desk, day_in_coin

from poise_common.contracts.state import CorrelationMatrix
from poise_portfolio.adapters.history_tables import correlation_matrices, equity_snapshots
from poise_portfolio.adapters.ledger_tables import settled_coins
from poise_portfolio.domain.records import Matrix, MeanCorrelation


async def test_a_desk_that_is_settled_in_coin_is_read_back_as_it_was(engine: AsyncEngine) -> None:
    desk = coin_desk()
    desk.tell(*day_in_coin(desk)).tell(desk.book(SPOT, 49_000.0), desk.book(INVERSE, 49_100.0)).wait(60)
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    books = await loaded(engine)
    assert comparable(books) == comparable(books_of(desk.records))
    assert books.coins[0].position.quantity
    again = Desk(books, shipped_parameters(mark_wait_s=0))
    again.now = desk.now
    for each in (desk, again):
        each.tell(each.book(SPOT, 52_000.0), each.book(INVERSE, 52_010.0)).wait(2)
    envelope = {"id", "trace_id", "hops"}
    assert again.state.model_dump(exclude=envelope) == desk.state.model_dump(exclude=envelope)


async def test_snapshots_say_what_results_are_made_of(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100.2", decision_price="100"), desk.book(SPOT, 103.0)).wait(60)
    desk.tell(desk.fill(INVERSE, "sell", "1", "100", fee_currency="BTC")).wait(60)
    await saved(engine, *desk.records)
    async with engine.connect() as connection:
        rows = (await connection.execute(select(equity_snapshots).order_by(equity_snapshots.c.as_of))).mappings().all()
    newest = rows[-1]
    assert (newest["slippage_usd"], newest["borrow_usd"], newest["net_gamma_usd"]) == (Decimal("0.2"), 0, Decimal(1))


def matrix(
    desk: Desk, as_of: datetime, mean_rho: float | None, *, window: str = "24h", is_spike: bool = False
) -> Matrix:
    fields: dict[str, Any] = {"window": window, "as_of": as_of, "assets": ("BTC",), "rho": ((1.0,),), "points": 9}
    told = desk.message(CorrelationMatrix, mean_rho=mean_rho, **fields)
    return Matrix(told, START - timedelta(days=90), is_spike)


async def test_means_are_read_back_for_a_day_of_each_window(engine: AsyncEngine) -> None:
    desk, hour = Desk(), timedelta(hours=1)
    await saved(
        engine,
        matrix(desk, START - 30 * hour, 0.1),
        matrix(desk, START - 24 * hour, 0.2),
        matrix(desk, START - 2 * hour, None),
        matrix(desk, START, 0.5, is_spike=True),
        matrix(desk, START - 40 * hour, 0.3, window="90d"),
    )
    assert (await loaded(engine)).mean_correlations == (
        MeanCorrelation("90d", START - 40 * hour, 0.3, is_spike=False),
        MeanCorrelation("24h", START - 24 * hour, 0.2, is_spike=False),
        MeanCorrelation("24h", START, 0.5, is_spike=True),
    )


async def test_wrong_states_cannot_be_written(engine: AsyncEngine) -> None:
    desk = Desk()
    await saved(engine, matrix(desk, START, 0.5))
    for wrong in (
        settled_coins.insert().values(venue="paper", currency="BTC", quantity=0, cost=5),
        settled_coins.insert().values(venue="paper", currency="BTC", quantity=Decimal("NaN"), cost=5),
        correlation_matrices.update().values(mean_rho=1.01),
        correlation_matrices.update().values(mean_rho=None, is_spike=True),
    ):
        async with engine.connect() as connection:
            with pytest.raises(IntegrityError):
                await connection.execute(wrong)
