import signal
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.integration.common.running import eventually
from tests.integration.conftest import Simulator
from tests.integration.execution.desk import Desk, ExecutionAt, ExecutionProcess

from poise_common.contracts.control import Halt
from poise_common.contracts.execution import (
    AccountReported,
    LegFilled,
    OrderSent,
    PackageClosed,
    PackageClosedPartly,
    PackageOpened,
)
from poise_common.contracts.packages import LegRole, OrderStyle, PackageAction

RestingAt = Callable[..., ExecutionProcess]
RESTS: dict[str, Any] = {"action": PackageAction.CLOSE, "style": OrderStyle.POST_ONLY}
OUT_OF_REACH = RESTS | {"collar": Decimal("-0.003")}
"""Limits that nobody trades at: both legs rest there until they are asked to go."""


@pytest.fixture
def resting_at(execution_at: ExecutionAt, simulator: Simulator) -> RestingAt:
    """Return what makes an execution that rests at books of a busy machine: with none fresh enough it would take."""

    def make(**resting: str) -> ExecutionProcess:
        named = {f"POISE_EXECUTION__RESTING__{name}": value for name, value in resting.items()}
        return execution_at(simulator.http_url, POISE_EXECUTION__HEDGING__BOOK_MAX_AGE_S="60", **named)

    return make


async def opened_with_books(desk: Desk) -> tuple[UUID, dict[LegRole, Decimal]]:
    """Open a package by an execution that knows the books before that: nothing rests where there is none."""
    await desk.execution_is_ready()
    await desk.books_are_known()
    return await desk.opened()


async def rested_at_venue(desk: Desk) -> list[dict[str, Any]]:
    """Return the post-only orders as the venue has them."""
    ids = {sent.client_order_id for sent in await desk.read(OrderSent) if sent.style is OrderStyle.POST_ONLY}
    orders, _ = await desk.venue_rows()
    return [order for order in orders if order["client_order_id"] in ids]


async def both_rest(desk: Desk) -> bool:
    return [order["status"] for order in await rested_at_venue(desk)] == ["NEW", "NEW"]


async def assert_every_fill_was_told_once(desk: Desk) -> None:
    _, fills = await desk.venue_rows()
    own = {sent.client_order_id for sent in await desk.read(OrderSent)}
    at_venue = sorted(str(fill["trade_id"]) for fill in fills if fill["client_order_id"] in own)
    assert at_venue == sorted(fill.trade_id for fill in await desk.read(LegFilled))


async def test_a_closing_rests_at_both_legs_and_what_is_left_is_taken(resting_at: RestingAt, desk: Desk) -> None:
    async with resting_at().running():
        package_id, held = await opened_with_books(desk)
        await desk.say(await desk.approval(package_id=package_id, quantities=held, **RESTS))
        await eventually(lambda: desk.has_told(PackageClosed), "the package to be closed")
        await eventually(lambda: desk.has_told(AccountReported, 2), "a later account report")
    rested = await rested_at_venue(desk)
    assert {sent.role for sent in await desk.read(OrderSent) if sent.style is OrderStyle.POST_ONLY} == set(LegRole)
    assert {order["type"] for order in rested if order["market"] == "spot"} <= {"LIMIT_MAKER"}
    assert all(order["status"] in {"FILLED", "CANCELED", "EXPIRED"} for order in rested)
    await assert_every_fill_was_told_once(desk)
    (closed,) = await desk.read(PackageClosed)
    assert abs(closed.residual_delta_usd) <= 50


async def test_a_halt_cancels_what_rests_and_leaves_a_hedged_package(resting_at: RestingAt, desk: Desk) -> None:
    async with resting_at(REST_S="4.5").running():
        package_id, held = await opened_with_books(desk)
        await desk.say(await desk.approval(package_id=package_id, quantities=held, **OUT_OF_REACH))
        await eventually(lambda: both_rest(desk), "both legs to rest")
        await desk.say(desk.message(Halt, operator="ann", reason="drill"))
        await eventually(lambda: desk.has_told(PackageClosedPartly), "the closing to end")
    assert [order["status"] for order in await rested_at_venue(desk)] == ["CANCELED", "CANCELED"]
    (partly,) = await desk.read(PackageClosedPartly)
    assert (partly.remaining_long_quantity, partly.remaining_short_quantity) == (
        held[LegRole.LONG],
        held[LegRole.SHORT],
    )
    assert len(await desk.read(OrderSent)) == 4
    await assert_every_fill_was_told_once(desk)


async def test_a_process_that_died_leaves_no_derivative_order_resting_and_its_successor_none_at_all(
    resting_at: RestingAt, desk: Desk
) -> None:
    execution = resting_at(REST_S="4.5", DEAD_MANS_SWITCH_S="7.6")
    async with execution.running(signal.SIGKILL):
        package_id, held = await opened_with_books(desk)
        await desk.say(await desk.approval(package_id=package_id, quantities=held, **OUT_OF_REACH))
        await eventually(lambda: both_rest(desk), "both legs to rest")

    async def none_rests(market: str) -> bool:
        return all(
            order["status"] not in {"NEW", "PARTIALLY_FILLED"}
            for order in await rested_at_venue(desk)
            if order["market"] == market
        )

    await eventually(lambda: none_rests("futures"), "the venue to cancel by itself")
    assert not await none_rests("spot")
    async with execution.running():
        await eventually(lambda: none_rests("spot"), "the spot order to be cancelled")

        await eventually(lambda: desk.has_told(PackageClosedPartly), "the closing to end")
    assert [order["status"] for order in await rested_at_venue(desk)] == ["CANCELED", "CANCELED"]
    rested = [sent for sent in await desk.read(OrderSent) if sent.style is OrderStyle.POST_ONLY]
    assert len(rested) == 2
    await assert_every_fill_was_told_once(desk)


async def rows_of(database: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(database.replace("postgresql+asyncpg", "postgresql"))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("accept_then_drop", "order_entry"),
        ("truncate", "order_entry"),
        ("http_503_unknown", "order_entry"),
        ("drop_before", "cancel"),
        ("accept_then_drop", "cancel"),
        ("stale_queries", "order_query"),
    ],
)
async def test_a_closing_that_rests_ends_whatever_is_struck(
    resting_at: RestingAt, desk: Desk, kind: str, target: str
) -> None:
    async with resting_at(REST_S="1").running():
        package_id, held = await opened_with_books(desk)
        await desk.strike(kind, target=target, count=2)
        await desk.say(await desk.approval(package_id=package_id, quantities=held, **RESTS))

        async def has_ended() -> bool:
            return await desk.has_told(PackageClosedPartly) or await desk.has_told(PackageClosed)

        await eventually(has_ended, "the closing to end")
    orders, _ = await desk.venue_rows()
    ids = {sent.client_order_id for sent in await desk.read(OrderSent)}
    own = [order for order in orders if order["client_order_id"] in ids]
    assert all(order["status"] not in {"NEW", "PARTIALLY_FILLED"} for order in own)
    assert max(Counter(order["client_order_id"] for order in own).values()) == 1
    await assert_every_fill_was_told_once(desk)
    residuals_usd = [ended.residual_delta_usd for ended in await desk.read(PackageClosedPartly)]
    residuals_usd += [ended.residual_delta_usd for ended in await desk.read(PackageClosed)]
    assert [abs(usd) <= 50 for usd in residuals_usd] == [True]


async def test_a_slow_orders_fill_is_learned_from_the_event_stream_before_anybody_asks(
    execution_at: ExecutionAt, simulator: Simulator, desk: Desk, database: str
) -> None:
    rarely = {"POISE_EXECUTION__ORDERS__LOOKUP_PAUSE_S": "600", "POISE_EXECUTION__ORDERS__LOOKUP_PAUSE_MAX_S": "600"}
    async with execution_at(simulator.http_url, **rarely).running():
        await desk.execution_is_ready()
        await eventually(desk.is_listened_to, "execution to follow the account's events")
        await desk.strike("slow_fill", market="futures", count=1, parameters={"delay_ms": 1000})
        await desk.say(await desk.approval())
        await eventually(lambda: desk.has_told(PackageOpened), "the package to be open")
    asked_to_go = await rows_of(database, "SELECT 1 FROM execution.orders WHERE cancel_asked_at IS NOT NULL")
    assert asked_to_go == []
