"""Someone else trades on the desk's account: a lock, a person's signature, and a desk that is whole again."""

import json
from decimal import ROUND_UP, Decimal
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.integration.cli.running_desk import running_desk
from tests.integration.conftest import Simulator
from tests.integration.service_process import ROOT

from poise.desk_bus import DeskBus
from poise.stack import DeskAddresses
from poise_common.contracts.execution import VenueState
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import PortfolioState, SystemMode

WITHIN_S = 120
PATIENT = ("--wait-s", "60")

pytestmark = pytest.mark.timeout(600)


async def test_a_foreign_trade_locks_the_desk_until_it_is_acknowledged_and_the_rest_is_closed(
    tmp_path: Path, redis_url: str, migrated: str, simulator: Simulator
) -> None:
    addresses = DeskAddresses(redis_url, migrated, {"paper": simulator.http_url}, ROOT / "config", tmp_path / "keys")
    async with running_desk(addresses, tmp_path) as desk, Redis.from_url(redis_url) as redis:
        bus = DeskBus(redis)

        async def ledger() -> PortfolioState:
            return (await bus.newest(PortfolioState))[0]

        async def is_locked() -> bool:
            return any(state.lock for state in await bus.newest(VenueState))

        async def is_held() -> bool:
            return any(each.state is PackageState.OPEN for each in (await ledger()).packages)

        await desk.until(desk.is_trading, "packages are held", within_s=WITHIN_S)
        await desk.until(is_held, "a package is open, both its legs", within_s=WITHIN_S)
        package = next(each for each in (await ledger()).packages if each.state is PackageState.OPEN)
        short = package.short_leg
        bought = (-short.quantity / 2).quantize(short.quantity.normalize(), ROUND_UP)  # in steps of its market
        await desk.act(
            "foreign_trade", market="futures", symbol=f"{package.asset}USDT", side="buy", quantity=f"{bought:f}"
        )
        await desk.until(is_locked, "the venue is locked", within_s=WITHIN_S)
        await desk.until(desk.is_halted, "risk has halted", within_s=WITHIN_S)
        shown = await desk.order("status", "--json", *PATIENT)
        assert (shown.code, "is locked" in json.loads(shown.out)["attention"][0]) == (1, True)
        refused = await desk.order("resume", *PATIENT)
        assert (refused.code, "is locked since" in refused.errors) == (2, True)

        before = await ledger()
        ended = await desk.order("ack", "--yes", "--reason", "that was me", *PATIENT)
        assert ended.code == 0, ended.errors
        assert short.symbol in ended.out

        async def is_booked() -> bool:
            return {each.package_id: each for each in (await ledger()).packages}[
                package.package_id
            ].state is PackageState.HALTED

        await desk.until(is_booked, "the ledger has the package halted", within_s=WITHIN_S)

        async def closes_again() -> bool:
            return (await ledger()).ledger_residual_usd < Decimal("0.05")

        await desk.until(closes_again, "the ledger explains the account again", within_s=WITHIN_S)
        after = await ledger()
        assert after.day_start_equity_usd == before.day_start_equity_usd, "a trade is no transfer"
        assert abs(after.external_usd) < before.exposure_usd / 100

        risk = await desk.risk()
        assert risk is not None
        assert risk.mode is SystemMode.HALTED
        resumed = await desk.order("resume", "--reason", "acknowledged", *PATIENT)
        assert resumed.code == 0, resumed.errors

        async def is_closed() -> bool:
            return package.package_id not in {each.package_id for each in (await ledger()).packages}

        await desk.until(is_closed, "what was unhedged is closed", within_s=WITHIN_S)
        reasons = await desk.rows("SELECT DISTINCT close_reason FROM risk.approvals WHERE action = 'close'")
        assert [row["close_reason"] for row in reasons] == ["unhedged"]
