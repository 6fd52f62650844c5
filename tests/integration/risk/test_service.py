"""The gatekeeper on a real bus and a real book of record."""

import signal
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually
from tests.integration.risk.bus_desk import BusDesk, RiskProcess

from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.packages import OpenPackage, PackageAction, PackageApproved, PackageDecided, Verdict
from poise_common.contracts.signatures import Verifier
from poise_risk.adapters import tables

_STILL_UNKNOWN = {"portfolio_known", "instruments_known", "books_fresh", "stablecoin_peg"}
"""What rejects requests until risk has heard the markets and the ledger once."""


async def ask(desk: BusDesk, asset: str, exposure_usd: int) -> tuple[OpenPackage, PackageDecided]:
    """Ask until risk knows the markets; return the last request and its decision."""
    said = "nothing"
    for _ in range(50):
        request = desk.request(asset, exposure_usd, expires_at=desk.now + timedelta(minutes=1))
        await desk.say(request)
        await eventually(lambda: _is_decided(desk, request), "the request is decided")  # noqa: B023 (awaited here)
        decided = await desk.decided(request)
        assert decided is not None
        if decided.binding_limit not in _STILL_UNKNOWN:
            return request, decided
        said = decided.reason
    pytest.fail(f"risk never knew its markets: {said}")


async def test_a_request_becomes_an_approval_that_the_public_key_verifies(
    desk: BusDesk, risk: RiskProcess, keys: tuple[Path, Path], engine: AsyncEngine
) -> None:
    async with desk.speaking(), risk.running():
        request, decided = await ask(desk, "BTC", 12_000)
    (approved,) = await desk.read(PackageApproved)
    public_key = load_pem_public_key(keys[1].read_bytes())
    assert isinstance(public_key, Ed25519PublicKey)
    assert Verifier(public_key).is_signed(approved.approval, approved.signature)
    assert (decided.verdict, decided.binding_limit) == (Verdict.APPROVED_SMALLER, "position_size")
    assert decided.approved_exposure_usd == 10_000
    assert [leg.quantity for leg in approved.approval.legs] == [100, 100]
    assert approved.trace_id == request.trace_id

    async with engine.connect() as connection:
        row = (await connection.execute(select(tables.decisions).where(tables.decisions.c.verdict != "rejected"))).one()
        kept = (await connection.execute(select(tables.approvals))).one()
        reserved = (await connection.execute(select(tables.reservations))).one()
    assert (row.request_id, row.binding_limit, row.approved_exposure_usd) == (request.id, "position_size", 10_000)
    assert {check["limit"] for check in row.checks} >= {"total_exposure", "net_delta", "liquidation_distance"}
    assert (kept.signature, kept.outcome) == (approved.signature, None)
    assert (reserved.package_id, reserved.status, reserved.exposure_usd) == (request.package_id, "awaiting", 10_000)


async def test_reservations_and_a_halt_survive_a_kill(desk: BusDesk, risk: RiskProcess) -> None:
    async with desk.speaking():
        async with risk.running(signal.SIGKILL):
            for asset, exposure_usd in (("BTC", 10_000), ("ETH", 10_000), ("BTC", 10_000)):
                assert (await ask(desk, asset, exposure_usd))[1].verdict is Verdict.APPROVED
            desk.command(Halt)
            await desk.say()
            await eventually(lambda: desk.stands("halted", 2), "the halt is told")
        async with risk.running():
            await eventually(lambda: desk.stands("halted", 2), "risk is halted still")
            _, decided = await ask(desk, "ETH", 10_000)
            assert decided.binding_limit == "system_mode"
            desk.command(Resume)
            await desk.say()
            await eventually(lambda: desk.stands("active", 2), "risk trades again, in the epoch of the halt")
            _, decided = await ask(desk, "SOL", 10_000)
            assert decided.verdict is Verdict.APPROVED
            _, decided = await ask(desk, "ETH", 10_000)
            assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "total_exposure")
    assert len(await desk.approvals()) == 4


async def test_a_request_that_comes_again_after_a_kill_is_decided_once(
    desk: BusDesk, risk: RiskProcess, redis_url: str
) -> None:
    async with desk.speaking():
        async with risk.running(signal.SIGKILL):
            request, _ = await ask(desk, "BTC", 8_000)
        await desk.say(request)
        async with risk.running():
            await ask(desk, "ETH", 8_000)
    async with Redis.from_url(redis_url) as redis:
        published = await redis.xlen("execution.approved")
    assert len(await desk.approvals()) == 2
    assert published <= 3, "at most what a killed process could not settle is sent again, under its own id"


async def test_flatten_closes_what_is_held_until_nothing_is(
    desk: BusDesk, risk: RiskProcess, engine: AsyncEngine
) -> None:
    async with desk.speaking(), risk.running():
        await ask(desk, "BTC", 8_000)
        (opened,) = await desk.approvals()
        desk.opened(opened)
        desk.hold("BTC", 8_000, package_id=opened.package_id)
        await desk.say()
        await eventually(lambda: _status(engine, opened.package_id, "shown"), "the ledger's package is seen")
        desk.command(Flatten)
        await desk.say()
        await eventually(lambda: _closings(desk, 1), "a closing is approved")
        closing = (await desk.approvals())[1]
        assert (closing.action, closing.epoch) == (PackageAction.CLOSE, 2)
        assert [(leg.side.value, leg.quantity, leg.reduce_only) for leg in closing.legs] == [
            ("sell", Decimal(80), False),
            ("buy", Decimal(80), True),
        ]
        desk.closed_partly(closing, Decimal(30))
        await desk.say()
        await eventually(lambda: _closings(desk, 2), "the rest is approved for closing")
        desk.closed((await desk.approvals())[2])
        await desk.say()
        await eventually(lambda: _status(engine, opened.package_id, "released"), "nothing is held")
        await eventually(lambda: _flattened(engine), "the flattening is over")
        assert await desk.stands("halted", 2)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("POISE_RISK__SIGNING_KEY_FILE", "/nowhere/signing.pem", "/nowhere/signing.pem"),
        ("POISE_LIMITS__PROFILES__FOCUSED__POSITION_SIZE_PCT", "50", "at least 50 passes"),
        ("POISE_LIMITS__PROFILE", "narrow", "focused or wide"),
    ],
)
async def test_risk_refuses_to_start_with_what_cannot_work(  # noqa: PLR0917 (the fixtures of a start)
    redis_url: str, migrated: str, keys: tuple[Path, Path], variable: str, value: str, said: str
) -> None:
    process = await RiskProcess(redis_url, migrated, keys[0], **{variable: value}).start()
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()


async def _is_decided(desk: BusDesk, request: OpenPackage) -> bool:
    return await desk.decided(request) is not None


async def _closings(desk: BusDesk, count: int) -> bool:
    return [approval.action for approval in await desk.approvals()].count(PackageAction.CLOSE) == count


async def _status(engine: AsyncEngine, package_id: UUID, status: str) -> bool:
    reservations = tables.reservations.c
    async with engine.connect() as connection:
        found = await connection.execute(select(reservations.status).where(reservations.package_id == package_id))
    return found.scalar() == status


async def _flattened(engine: AsyncEngine) -> bool:
    modes = tables.mode_changes.c
    async with engine.connect() as connection:
        newest = await connection.execute(select(modes.flattening).order_by(modes.sequence.desc()).limit(1))
    return newest.scalar() is None
