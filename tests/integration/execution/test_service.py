from tests.integration.common.running import eventually
from tests.integration.conftest import Simulator
from tests.integration.execution.desk import Desk, ExecutionAt

from poise_common.contracts.execution import AccountReported, LegFilled, OrderSent, PackageClosed, PackageOpened
from poise_common.contracts.packages import LegRole, PackageAction


async def test_an_approved_package_is_opened_and_closed_at_the_venue_and_every_fill_is_told_once(
    execution_at: ExecutionAt, simulator: Simulator, desk: Desk
) -> None:
    async with execution_at(simulator.http_url).running():
        await desk.execution_is_ready()
        approved = await desk.approval()
        await desk.say(approved)
        await eventually(lambda: desk.has_told(PackageOpened), "the package to be open")
        (opened,) = await desk.read(PackageOpened)
        held = {LegRole.LONG: opened.long_leg.held_quantity, LegRole.SHORT: opened.short_leg.held_quantity}
        assert abs(opened.residual_delta_usd) <= 50
        await desk.say(await desk.approval(PackageAction.CLOSE, package_id=opened.package_id, quantities=held))
        await eventually(lambda: desk.has_told(PackageClosed), "the package to be closed")
        await eventually(lambda: desk.has_told(AccountReported, 2), "a later account report")
    orders, fills = await desk.venue_rows()
    sent, told = await desk.read(OrderSent), await desk.read(LegFilled)
    assert sorted(order["client_order_id"] for order in orders) == sorted(each.client_order_id for each in sent)
    assert len(told) == len(fills)
    assert {each.trade_id for each in told if each.symbol == "BTC/USDT"} == {
        str(fill["trade_id"]) for fill in fills if fill["market"] == "spot"
    }
