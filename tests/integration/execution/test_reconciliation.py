import signal
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.integration.common.running import eventually
from tests.integration.conftest import Simulator, simulator_process
from tests.integration.execution.desk import Desk, ExecutionAt, ExecutionProcess

from poise_common.contracts.execution import (
    DifferenceAcknowledged,
    DifferenceKind,
    PackageHalted,
    PackageOpened,
    RefusalReason,
    VenueLock,
)
from poise_common.platform.key_files import ensure_key_pair, read_private_key

QUICK = {
    "POISE_EXECUTION__RECONCILIATION__CONFIRM_AFTER_S": "2",
    "POISE_EXECUTION__RECONCILIATION__VENUE_LAG_S": "0.5",
    "POISE_EXECUTION__RECONCILIATION__STATE_EVERY_S": "1",
}
Line = tuple[DifferenceKind, str, str]
"""Kind, part of the name, part of what is said of the cause."""
DEEDS: tuple[tuple[dict[str, dict[str, Any]], tuple[Line, ...]], ...] = (
    (
        {
            "foreign_trade": {"market": "spot", "symbol": "ETHUSDT", "side": "buy", "quantity": "0.5"},
            "transfer": {"amount": "-250", "wallet": "futures"},
            "foreign_order": {
                "market": "spot",
                "symbol": "BTCUSDT",
                "side": "buy",
                "quantity": "0.01",
                "price": "40000",
            },
        },
        (
            (DifferenceKind.BALANCE, "ETH", ""),
            (DifferenceKind.BALANCE, "USDT", ""),
            (DifferenceKind.ORDER, "", "BTC/USDT"),
        ),
    ),
    (
        {"adl": {"symbol": "BTCUSDT", "share": "0.4"}},
        ((DifferenceKind.POSITION, "BTC/USDT:USDT", "ADL"),),
    ),
    (
        {"liquidate": {"symbol": "BTCUSDT"}},
        ((DifferenceKind.POSITION, "BTC/USDT:USDT", "liquidated"),),
    ),
)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A venue of the test's own: what is done to its account would be a difference to the next test."""
    with simulator_process(tmp_path) as running:
        yield running


@pytest.fixture
def operator_key(tmp_path: Path) -> Ed25519PrivateKey:
    ensure_key_pair(tmp_path / "operator.pem", tmp_path / "operator.pub")
    return read_private_key(tmp_path / "operator.pem")


@pytest.fixture
def execution(
    execution_at: ExecutionAt, simulator: Simulator, operator_key: Ed25519PrivateKey, tmp_path: Path
) -> ExecutionProcess:
    assert operator_key
    key = {"POISE_EXECUTION__OPERATOR_KEY_FILE": str(tmp_path / "operator.pub")}
    return execution_at(simulator.http_url, **QUICK, **key)


async def locked(desk: Desk, is_so: Callable[[VenueLock], bool] = bool) -> VenueLock:
    async def is_locked() -> bool:
        lock = await desk.lock()
        return lock is not None and is_so(lock)

    await eventually(is_locked, "the lock")
    lock = await desk.lock()
    assert lock is not None
    return lock


def shows_all(expected: tuple[Line, ...], lock: VenueLock) -> bool:
    return all(
        any(line.kind is kind and name in line.name and cause in line.detail for line in lock.differences)
        for kind, name, cause in expected
    )


async def open_package(desk: Desk) -> PackageOpened:
    before = len(await desk.read(PackageOpened))
    await desk.say(await desk.approval())
    await eventually(lambda: desk.has_told(PackageOpened, before + 1), "the package to be open")
    return (await desk.read(PackageOpened))[-1]


def agreeing_since(desk: Desk, moment: Any) -> Callable[[], Awaitable[bool]]:
    async def agrees() -> bool:
        state = await desk.venue_state()
        return state.lock is None and state.reconciled_at is not None and state.reconciled_at > moment

    return agrees


async def test_whatever_others_do_to_the_account_locks_until_the_operator_has_acknowledged_it(
    execution: ExecutionProcess, desk: Desk, operator_key: Ed25519PrivateKey
) -> None:
    async with execution.running():
        await desk.execution_is_ready()
        opened = await open_package(desk)
        for number, (deeds, expected) in enumerate(DEEDS, start=1):
            for action, body in deeds.items():
                await desk.act(action, **body)
            await locked(desk, partial(shows_all, expected))
            while_locked = await desk.approval()
            await desk.say(while_locked)
            refused = await desk.refusal(while_locked)
            assert refused.reason is RefusalReason.LOCKED, list(deeds)
            await acknowledged(desk, operator_key, number)
    halted = await desk.read(PackageHalted)
    assert {each.package_id for each in halted} == {opened.package_id}
    assert halted[-1].short_quantity == 0


async def acknowledged(desk: Desk, operator_key: Ed25519PrivateKey, times: int) -> None:
    """Acknowledge what is shown, again where it has changed in the meantime, until the account agrees."""

    async def is_over() -> bool:
        if lock := await desk.lock():
            await desk.acknowledge(lock, operator_key)
        return await desk.has_told(DifferenceAcknowledged, times) and await desk.lock() is None

    await eventually(is_over, "the acknowledgement")
    acknowledged_at = max(each.acknowledged_at for each in await desk.read(DifferenceAcknowledged))
    await eventually(agreeing_since(desk, acknowledged_at), "a reading that agrees")


async def test_a_lock_is_there_again_after_a_kill_and_own_trading_makes_none(
    execution: ExecutionProcess, desk: Desk, operator_key: Ed25519PrivateKey
) -> None:
    async with execution.running(signal.SIGKILL):
        await desk.execution_is_ready()
        for _ in range(2):
            opened = await open_package(desk)
        await eventually(agreeing_since(desk, opened.hops[-1].at), "a reading that agrees")
        await desk.act("transfer", amount="-100")
        lock = await locked(desk)
    told = (await desk.venue_state()).id
    async with execution.running():

        async def is_told_anew() -> bool:
            return (await desk.venue_state()).id != told

        await eventually(is_told_anew, "the state after the restart")
        again = await locked(desk)
        assert again.lock_id == lock.lock_id
        assert [line.name for line in again.differences] == ["USDT"]
        await acknowledged(desk, operator_key, 1)
    (difference,) = (await desk.read(DifferenceAcknowledged))[0].differences
    assert difference.actual - difference.expected == -100
