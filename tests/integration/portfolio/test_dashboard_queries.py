"""The dashboards' queries on a real PostgreSQL: they run on an empty book, and say what a small one holds."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.portfolio.dashboard_queries import query, query_files
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, START, Desk, shipped_parameters

from poise_common.contracts.packages import PackageAction
from poise_portfolio.adapters import history_tables as history
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.records import CandleRow, Candles

D = Decimal
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
REPOSITORY = PortfolioRepository(lambda: START, timedelta(days=1), shipped_parameters().correlations.candles_needed)
_NO_AMOUNTS = frozenset({"time", "slots", "allowed", "reserved"})
"""What some queries tell of any book: each moment of the range, and each slot."""
SINCE, UNTIL = START - timedelta(hours=1), START + timedelta(hours=1)


async def asked(
    engine: AsyncEngine, name: str, since: datetime = SINCE, until: datetime = UNTIL
) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.exec_driver_sql(query(name, since, until))).mappings()]


async def written(engine: AsyncEngine, *records: object) -> None:
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, records)


async def curve(engine: AsyncEngine, points: Sequence[tuple[datetime, Mapping[str, int]]]) -> None:
    """Write snapshots: of each point its time and what of it is not zero."""
    amounts = {column.name: D(0) for column in history.equity_snapshots.columns if column.name.endswith("_usd")}
    rows = [{**amounts, "as_of": at, **{f"{name}_usd": D(usd) for name, usd in given.items()}} for at, given in points]
    async with engine.begin() as connection:
        await connection.execute(insert(history.equity_snapshots), rows)


async def _in_force(engine: AsyncEngine, limits: Mapping[str, int]) -> None:
    """Have risk go by limits from now on."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO risk.limit_changes (change_id, sequence, trace_id, operator, reason, ordered_at, outcome,"
            " settled_at, digest_after, changes, notices, limits)"
            " SELECT gen_random_uuid(), count(*), gen_random_uuid(), 'ada', '', now(), 'taken', now(), '', '{}', '[]',"
            " cast($1 AS text)::jsonb FROM risk.limit_changes",
            (json.dumps(limits),),
        )


@pytest.mark.parametrize("name", query_files())
async def test_each_query_runs_on_an_empty_book(engine: AsyncEngine, name: str) -> None:
    told = [value for row in await asked(engine, name) for column, value in row.items() if column not in _NO_AMOUNTS]
    assert not any(told), "amounts that nothing was booked for"


@pytest.mark.parametrize("name", query_files())
def test_each_query_says_first_what_it_tells(name: str) -> None:
    assert re.match(r"-- [A-Z](?:.|\n-- )*\.\n(?:SELECT|WITH)\s", query_files()[name].read_text())


@pytest.fixture
async def traded(engine: AsyncEngine) -> AsyncEngine:
    """A package that is held, one that was closed, and a payment that both shared."""
    desk = Desk().open_account()
    for package_id, quantity in ((PACKAGE, "2"), (OTHER, "1")):
        desk.tell(desk.fill(SPOT, "buy", quantity, "100", decision_price="99", fee="0.1", package_id=package_id))
        desk.tell(desk.fill(PERPETUAL, "sell", quantity, "101", fee="0.1", package_id=package_id))
        desk.tell(desk.opened(package_id))
    desk.tell(desk.funding("0.6"))
    close: dict[str, Any] = {"action": PackageAction.CLOSE, "package_id": OTHER}
    desk.tell(desk.fill(SPOT, "sell", "1", "103", **close), desk.fill(PERPETUAL, "buy", "1", "103", **close))
    desk.tell(desk.closed(OTHER)).wait(1)
    await written(engine, *desk.records)
    return engine


async def test_the_curve_has_the_last_snapshot_of_each_interval(engine: AsyncEngine) -> None:
    minute = timedelta(minutes=1)
    await curve(
        engine, [(START + n * minute, {"equity": 100 + n, "external": 50 if n >= 30 else 0}) for n in range(60)]
    )
    rows = await asked(engine, "equity", START, START + 1_000 * 5 * minute)
    assert [(row["time"] - START) // minute for row in rows] == list(range(0, 65, 5))
    assert [row["equity_usd"] for row in rows] == [*range(100, 160, 5), 159]
    assert [row["own_equity_usd"] for row in rows][5:8] == [125, 80, 85]


async def test_a_drawdown_is_from_the_highest_before_and_money_that_is_moved_is_none(engine: AsyncEngine) -> None:
    hour = timedelta(hours=1)
    points = [
        {"equity": 1000},
        {"equity": 1100},
        {"equity": 990},
        {"equity": 490, "external": -500},
        {"equity": 539, "external": -500},
        {"equity": 1078, "external": 39},
    ]
    await curve(engine, [(START + n * hour, point) for n, point in enumerate(points)])
    rows = await asked(engine, "drawdown", START, START + 1_000 * hour)
    assert [row["drawdown_pct"] for row in rows] == pytest.approx([0, 0, -10, -10, -1, -1])


async def test_the_days_result_adds_up_to_the_change_of_equity(engine: AsyncEngine) -> None:
    first = {"equity": 1000, "realised_pnl": 5, "unrealised_pnl": 10, "funding": 20, "fees": 4, "slippage": 3}
    last = {"equity": 1046, "realised_pnl": 25, "unrealised_pnl": 5, "funding": 50, "fees": 9, "slippage": 7}
    older = START - timedelta(days=2)
    await curve(
        engine, [(older, {"equity": 1}), (START, first), (START + timedelta(minutes=9), last | {"external": 6})]
    )
    parts = {row["part"]: row["amount_usd"] for row in await asked(engine, "pnl_24h")}
    total = parts.pop("in all")
    assert parts == {"price": 19, "slippage": -4, "funding": 30, "fees": -5, "borrow": 0, "external": 6}
    assert total == sum(parts.values()) == 46


async def test_exposure_is_told_against_equity(engine: AsyncEngine) -> None:
    await curve(engine, [(START, {"equity": 1000, "exposure": 400, "net_delta": -5})])
    (row,) = await asked(engine, "exposure")
    assert (row["exposure_pct"], row["net_delta_pct"]) == (40, D("-0.5"))


async def test_an_asset_shows_what_it_holds_and_has_earned(traded: AsyncEngine) -> None:
    (row,) = await asked(traded, "assets")
    assert (row["asset"], row["packages"]) == ("BTC", 1)
    assert (row["long_quantity"], row["long_entry_price"]) == (2, 100)
    assert (row["short_quantity"], row["short_entry_price"]) == (-2, 101)
    assert (row["realised_pnl_usd"], row["funding_usd"], row["fees_usd"]) == (1, D("0.6"), D("0.4"))
    assert row["ever_usd"] == row["today_usd"] == D("1.2")


async def test_a_package_shows_its_legs_and_its_result(traded: AsyncEngine) -> None:
    newest, oldest = await asked(traded, "packages")
    assert (newest["package_id"], newest["state"], newest["fills"]) == (str(OTHER), "closed", 4)
    assert (oldest["package_id"], oldest["state"], oldest["fills"]) == (str(PACKAGE), "open", 2)
    assert (oldest["long_market"], oldest["short_market"]) == (f"paper {SPOT}", f"paper {PERPETUAL}")
    assert oldest["funding_usd"] + newest["funding_usd"] == D("0.6")
    assert newest["net_usd"] == newest["realised_pnl_usd"] + newest["funding_usd"] - newest["fees_usd"]
    later = await asked(traded, "packages", UNTIL, UNTIL + timedelta(days=1))
    assert [row["package_id"] for row in later] == [str(PACKAGE)], "what has ended before is not of the range"


async def test_a_delta_is_of_what_is_held_at_the_newest_close(traded: AsyncEngine) -> None:
    (at_the_last_trade,) = await asked(traded, "deltas")
    assert (at_the_last_trade["delta"], at_the_last_trade["price"]) == (0, 103)
    times = [round((START + timedelta(minutes=after)).timestamp() * 1000) for after in (2, 3)]
    rows = (
        CandleRow("paper", SPOT, "BTC", "1m", at, 1, 1, 1, close, 1)
        for at, close in zip(times, (104, 105), strict=True)
    )
    desk = Desk()
    await written(traded, Candles(tuple(rows)), *desk.records)
    async with traded.begin() as connection:
        await connection.execute(
            text("UPDATE portfolio.package_legs SET quantity = 1.5 WHERE role = 'long_leg' AND quantity > 0")
        )
    (row,) = await asked(traded, "deltas")
    assert (row["delta"], row["price"], row["delta_usd"]) == (D("-0.5"), 105, D("-52.5"))


async def test_one_asset_shows_its_position_with_the_prices_it_was_entered_at(traded: AsyncEngine) -> None:
    (row,) = await asked(traded, "asset_position")
    assert (row["packages"], row["long_quantity"], row["short_quantity"], row["delta"]) == (1, 2, -2, 0)
    assert (row["long_entry_price"], row["short_entry_price"], row["exposure_usd"]) == (100, 101, 202)
    assert row["ever_usd"] == row["today_usd"] == D("1.2")


async def test_one_assets_packages_show_the_basis_they_were_entered_at(traded: AsyncEngine) -> None:
    newest, oldest = await asked(traded, "asset_packages")
    assert (newest["package_id"], oldest["package_id"]) == (str(OTHER), str(PACKAGE))
    assert (newest["long_entry_price"], newest["short_entry_price"], newest["entry_basis_pct"]) == (100, 101, 1)


async def test_one_assets_result_adds_up_over_the_range_and_ends_with_what_was_booked(traded: AsyncEngine) -> None:
    rows = await asked(traded, "asset_result")
    assert rows[0]["net_usd"] == 0
    last = rows[-1]
    assert (last["price_usd"], last["funding_usd"], last["fees_usd"]) == (1, D("0.6"), D("-0.4"))
    assert last["net_usd"] == last["price_usd"] + last["funding_usd"] + last["fees_usd"]


async def test_what_an_asset_may_still_lose_is_told_beside_its_limits(traded: AsyncEngine) -> None:
    limits = {"asset_daily_loss_pct": 3, "position_size_pct": 10, "risk_per_trade_pct": 2, "exits.stop_loss_pct": 5}
    await _in_force(traded, {f"limits.{name}": figure for name, figure in limits.items()})
    async with traded.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM portfolio.equity_snapshots")
    await curve(traded, [(START, {"equity": 10_000})])
    (row,) = await asked(traded, "asset_risk")
    assert (row["at_risk_usd"], row["may_risk_usd"], row["room_usd"]) == (D("10.1"), 200, 798)
    assert (row["lost_today_usd"], row["may_still_lose_usd"]) == (0, 300), "a day with a gain has lost nothing"


async def test_a_strategy_shows_its_record(traded: AsyncEngine) -> None:
    (row,) = await asked(traded, "strategies")
    assert (row["held"], row["closed"], row["won"], row["won_pct"]) == (1, 1, 1, 100)


@pytest.mark.parametrize("name", ["fills", "asset_fills"])
async def test_a_fill_shows_what_it_was_worse_by_than_its_decision(traded: AsyncEngine, name: str) -> None:
    rows = await asked(traded, name)
    assert len(rows) == 6
    bought = [row for row in rows if row["action"] == "open" and row["side"] == "buy"]
    assert [row["slippage_bps"] for row in bought] == [100, 100]


async def test_slippage_is_weighted_by_size(traded: AsyncEngine) -> None:
    spot = next(row for row in await asked(traded, "slippage") if (row["market"], row["action"]) == ("spot", "open"))
    assert (spot["fills"], spot["traded_usd"], spot["slippage_usd"], spot["slippage_bps"]) == (2, 300, 3, 100)
    (interval,) = await asked(traded, "slippage_over_time")
    assert interval["traded_usd"] == sum(row["traded_usd"] for row in await asked(traded, "fills"))


async def test_one_assets_correlations_are_its_row_of_the_newest_matrix(engine: AsyncEngine) -> None:
    rho = [[1.0, 0.3, 0.9, None], [0.3, 1.0, 0.1, 0.2], [0.9, 0.1, 1.0, 0.5], [None, 0.2, 0.5, 1.0]]
    newest = {"assets": ["BTC", "ETH", "SOL", "XRP"], "rho": rho, "points": 9, "is_spike": False, "mean_rho": None}
    async with engine.begin() as connection:
        await connection.execute(
            insert(history.correlation_matrices), [newest | {"time_window": "90d", "as_of": START}]
        )
    assert [tuple(row.values()) for row in await asked(engine, "asset_correlations")] == [("SOL", 0.9), ("ETH", 0.3)]


async def test_slots_are_counted_by_tier_beside_what_the_limits_allow(traded: AsyncEngine) -> None:
    limits = {"limits.packages_open_max": 5, "limits.slots.reserved_for_tier_1": 2, "limits.slots.tier_3_max": 1}
    async with traded.begin() as connection:
        await connection.execute(text("UPDATE portfolio.packages SET tier = 3"))
    await _in_force(traded, {})
    await _in_force(traded, limits)
    rows = {row["slots"]: (row["held"], row["allowed"], row["reserved"]) for row in await asked(traded, "slot_usage")}
    assert rows == {"all": (1, 5, None), "tier 1": (0, 5, 2), "tier 2": (0, None, None), "tier 3": (1, 1, None)}


async def test_funding_is_told_by_interval_and_by_asset(traded: AsyncEngine) -> None:
    (interval,) = await asked(traded, "funding")
    assert (interval["amount_usd"], interval["total_usd"]) == (D("0.6"), D("0.6"))
    (asset,) = await asked(traded, "funding_by_asset")
    assert (asset["asset"], asset["payments"], asset["net_usd"]) == ("BTC", 1, D("0.6"))
    assert await asked(traded, "funding", UNTIL, UNTIL + timedelta(days=1)) == []


async def test_decisions_are_counted_by_the_limit_that_bound(engine: AsyncEngine) -> None:
    def decision(verdict: str, limit: str | None, approved_usd: int, action: str = "open") -> dict[str, Any]:
        ids = {
            f"{name}_id": UUID(int=len(rows) * 10 + place)
            for place, name in enumerate(("decision", "request", "package"))
        }
        amounts = {"requested_exposure_usd": D(100), "approved_exposure_usd": D(approved_usd)}
        words = {"action": action, "strategy": "s", "asset": "BTC", "verdict": verdict, "reason": "", "checks": []}
        approval = None if verdict == "rejected" else UUID(int=len(rows))
        return {**ids, **amounts, **words, "binding_limit": limit, "approval_id": approval, "decided_at": START}

    rows: list[dict[str, Any]] = []
    for verdict, limit, approved_usd, action in (
        ("approved", None, 100, "open"),
        ("approved_smaller", "position_size", 30, "open"),
        ("rejected", "position_size", 0, "open"),
        ("rejected", "drawdown", 0, "open"),
        ("approved", None, 100, "close"),
    ):
        rows.append(decision(verdict, limit, approved_usd, action))
    async with engine.begin() as connection:
        await connection.execute(insert(history.decisions), rows)
    found = {row.pop("binding_limit"): tuple(row.values()) for row in await asked(engine, "decisions_by_limit")}
    assert found == {"position_size": (0, 1, 1, 170), "none": (1, 0, 0, 0), "drawdown": (0, 0, 1, 100)}


async def test_the_heat_map_is_of_the_newest_matrix_of_its_window(engine: AsyncEngine) -> None:
    base = {"time_window": "90d", "points": 1, "is_spike": False, "mean_rho": None}
    newest = {"as_of": START, "assets": ["BTC", "ETH"], "rho": [[1.0, None], [None, 1.0]]}
    older = {"as_of": START - timedelta(hours=1), "assets": ["BTC"], "rho": [[1.0]]}
    async with engine.begin() as connection:
        await connection.execute(insert(history.correlation_matrices), [base | newest, base | older])
    found = [tuple(row.values()) for row in await asked(engine, "correlations")]
    assert found == [("BTC", "BTC", 1.0), ("BTC", "ETH", None), ("ETH", "BTC", None), ("ETH", "ETH", 1.0)]
