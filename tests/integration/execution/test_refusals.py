import asyncio
from datetime import timedelta

import pytest
from tests.integration.common.running import eventually
from tests.integration.conftest import Simulator
from tests.integration.execution.desk import Desk, ExecutionAt

from poise_common.contracts.execution import OrderSent, PackageOpened, RefusalReason
from poise_common.contracts.packages import PackageApproved


async def test_altered_expired_and_replayed_approvals_send_nothing(
    execution_at: ExecutionAt, simulator: Simulator, desk: Desk
) -> None:
    async with execution_at(simulator.http_url).running():
        await desk.execution_is_ready()
        genuine = await desk.approval()
        await desk.say(genuine)
        await eventually(lambda: desk.has_told(PackageOpened), "the package to be open")
        orders_before, _ = await desk.venue_rows()

        replayed = desk.message(PackageApproved, approval=genuine.approval, signature=genuine.signature)
        other = await desk.approval()
        longer = other.approval.model_copy(update={"expires_at": other.approval.expires_at + timedelta(hours=1)})
        altered = other.model_copy(update={"approval": longer})
        unsigned = (await desk.approval()).model_copy(update={"signature": ""})
        expired = await desk.approval(life_s=-0.001)
        reasons = []
        for message in (replayed, altered, unsigned, expired):
            await desk.say(message)
            reasons.append((await desk.refusal(message)).reason)
    assert reasons == [RefusalReason.USED, RefusalReason.UNSIGNED, RefusalReason.UNSIGNED, RefusalReason.EXPIRED]
    orders, _ = await desk.venue_rows()
    assert orders == orders_before
    assert len(await desk.read(OrderSent)) == 2


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (
            {"POISE_VENUES__PAPER__API_KEY": "paper-withdraw", "POISE_VENUES__PAPER__SECRET": "paper-withdraw"},
            "may withdraw",
        ),
        ({"POISE_VENUES__PAPER__API_KEY": "paper-read", "POISE_VENUES__PAPER__SECRET": "paper-read"}, "trade"),
        ({"POISE_VENUES__PAPER__CCXT_ID": "kraken"}, "kraken"),
        ({"POISE_EXECUTION__VERIFY_KEY_FILE": "/nowhere/risk.pub"}, "/nowhere/risk.pub"),
        ({"POISE_EXECUTION__HEDGING__UNWIND_TRIES": "0"}, "unwind_tries"),
        ({"POISE_EXECUTION__ORDERS__NOT_FOUND_AFTER_S": "3"}, "not_found_after_s"),
        ({"POISE_VENUES__PAPER__RATE_LIMITS__ORDER_WAIT_MAX_MS": "2000"}, "order_wait_max_ms"),
    ],
)
async def test_a_key_or_a_value_that_cannot_work_is_refused_at_the_start_without_a_traceback(
    execution_at: ExecutionAt, simulator: Simulator, environment: dict[str, str], said: str
) -> None:
    process = await execution_at(simulator.http_url, **environment).start()
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2, (output + errors).decode()
    assert said in errors.decode()
    assert "Traceback" not in errors.decode()
