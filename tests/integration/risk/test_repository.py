"""What risk stores is what it is built from."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.risk.limits_room import LimitsRoom
from tests.unit.risk.risk_desk import RiskDesk, delta, restored_from

from poise_common.contracts.control import Halt
from poise_common.contracts.execution import RefusalReason
from poise_common.platform.clock import utc_now
from poise_risk.adapters import tables
from poise_risk.adapters.repository import RiskRepository


async def test_a_core_is_built_from_the_rows_of_all_it_stored(engine: AsyncEngine) -> None:
    desk = RiskDesk(now=utc_now()).ready()
    approvals = [desk.open(asset, 4_000) for asset in ("BTC", "ETH", "BTC")]
    approvals.append(desk.approved(desk.pair("SOL", "BNB", 4_000, ratio=Decimal("0.97"))))
    desk.opened(approvals[0], held=Decimal("39.98"))
    desk.opened(approvals[1])
    desk.show(approvals[1])
    desk.refused(approvals[2], RefusalReason.EXPIRED)
    desk.send(desk.closing(approvals[1].package_id, "ETH", Decimal(40)))
    desk.portfolio(deltas=(delta("SOL", -4_000),))
    desk.command(Halt)

    repository = RiskRepository(remember_decisions_s=900)
    async with engine.begin() as connection:
        for record in desk.stored:
            await repository.save(connection, [record])
    async with engine.connect() as connection:
        restored = await repository.load(connection)

    expected = restored_from(desk.stored)
    assert restored.mode == expected.mode
    assert sorted(restored.commitments, key=lambda each: each.package_id) == sorted(
        expected.commitments, key=lambda each: each.package_id
    )
    assert sorted(restored.unsettled, key=lambda each: each.approval.approval_id) == sorted(
        expected.unsettled, key=lambda each: each.approval.approval_id
    )
    assert restored.losing_days == expected.losing_days
    assert restored.decided_requests == expected.decided_requests
    assert len(restored.commitments) == 3
    assert {each.hedge_ratio for each in restored.commitments} == {Decimal(1), Decimal("0.97")}
    assert len(restored.unsettled) == 2


async def test_who_waits_is_restored_in_the_order_they_came_and_who_was_decided_is_not(engine: AsyncEngine) -> None:
    desk = RiskDesk(now=utc_now()).ready()
    desk.hold("SOL", 4_000)
    desk.portfolio()
    for asset, edge in (("ADA", "0.1"), ("DOT", "0.2"), ("BNB", "0.1")):
        desk.now += timedelta(milliseconds=10)
        desk.send(desk.request(asset, 4_000, edge_score=Decimal(edge)))
    repository = RiskRepository(remember_decisions_s=900)
    async with engine.begin() as connection:
        for record in desk.stored:
            await repository.save(connection, [record])
        restored = await repository.load(connection)
    assert restored.waiting == restored_from(desk.stored).waiting
    assert [each.request.asset for each in restored.waiting] == ["DOT", "BNB"]


async def test_old_decisions_are_kept_but_no_longer_remembered(engine: AsyncEngine) -> None:
    desk = RiskDesk(now=utc_now() - timedelta(hours=1)).ready()
    desk.open("BTC", 4_000)
    repository = RiskRepository(remember_decisions_s=900)
    async with engine.begin() as connection:
        await repository.save(connection, desk.stored)
        restored = await repository.load(connection)
        kept = (await connection.execute(select(func.count()).select_from(tables.decisions))).scalar()
    assert (restored.decided_requests, kept) == ({}, 1)
    assert len(restored.commitments) == 1


async def test_of_the_limits_record_the_newest_the_newest_taken_and_what_is_under_way_are_read(
    engine: AsyncEngine,
) -> None:
    desk = LimitsRoom(now=utc_now())
    for drawdown_pct in (15, 12):
        desk.reload(drawdown_pct=drawdown_pct)
    desk.order()
    desk.answer(None, "unreadable")
    _, _, newest_taken, refused = desk.record
    repository = RiskRepository(remember_decisions_s=900)
    async with engine.begin() as connection:
        await repository.save(connection, desk.stored)
        assert (await repository.load(connection)).limit_changes == (newest_taken, refused)
        desk.order()
        await repository.save(connection, desk.stored)
        assert (await repository.load(connection)).limit_changes == (newest_taken, desk.record[-1])
