import signal
from collections import Counter
from decimal import Decimal

import pytest
from tests.integration.common.running import eventually
from tests.integration.execution.desk import Desk, ExecutionAt
from tests.integration.execution.venue_proxy import FUTURES_ORDERS, SPOT_ORDERS, Fate, VenueProxy

from poise_common.contracts.execution import (
    AccountReported,
    LegFilled,
    OrderPurpose,
    OrderSent,
    PackageAborted,
    PackageOpened,
)
from poise_common.contracts.packages import PackageApproved


async def orders_of(desk: Desk, approved: PackageApproved) -> list[OrderSent]:
    approval_id = approved.approval.approval_id
    return [sent for sent in await desk.read(OrderSent) if sent.approval_id == approval_id]


async def assert_the_venue_and_the_stream_agree(desk: Desk, approved: PackageApproved) -> None:
    """Each order of the approval is at the venue at most once, and each of its fills was told once."""
    told = [fill for fill in await desk.read(LegFilled) if fill.approval_id == approved.approval.approval_id]
    ids = {sent.client_order_id for sent in await orders_of(desk, approved)}
    orders, fills = await desk.venue_rows()
    at_venue = Counter(order["client_order_id"] for order in orders if order["client_order_id"] in ids)
    assert set(at_venue.values()) <= {1}
    venue_fills = Counter((fill["market"], str(fill["trade_id"])) for fill in fills if fill["client_order_id"] in ids)
    assert venue_fills == Counter(("futures" if ":" in fill.symbol else "spot", fill.trade_id) for fill in told)
    held = sum((fill.side.sign * fill.quantity for fill in told), Decimal(0))
    assert abs(held) * told[0].price <= 50 if told else held == 0


@pytest.mark.parametrize("fate", [Fate.ANSWER_GARBLED, Fate.ANSWERED_503])
async def test_an_order_whose_answer_cannot_be_read_is_found_by_look_up_and_sent_once(
    execution_at: ExecutionAt, desk: Desk, proxy: VenueProxy, fate: Fate
) -> None:
    async with execution_at(proxy.url).running():
        await desk.execution_is_ready()
        proxy.fates[FUTURES_ORDERS] = fate
        approved = await desk.approval()
        await desk.say(approved)
        await eventually(lambda: desk.has_told(PackageOpened), "the package to be open")
    assert sorted(proxy.posts) == [SPOT_ORDERS, FUTURES_ORDERS]
    await assert_the_venue_and_the_stream_agree(desk, approved)


async def test_an_order_that_got_lost_is_void_after_the_deadline_and_the_other_leg_is_taken_back(
    execution_at: ExecutionAt, desk: Desk, proxy: VenueProxy
) -> None:
    async with execution_at(proxy.url).running():
        await desk.execution_is_ready()
        proxy.fates[FUTURES_ORDERS] = Fate.REQUEST_LOST
        approved = await desk.approval()
        await desk.say(approved)
        await eventually(lambda: desk.has_told(PackageAborted), "the package to be aborted")
    purposes = Counter(sent.purpose for sent in await orders_of(desk, approved))
    assert purposes[OrderPurpose.LEG] == 2
    assert purposes[OrderPurpose.UNWIND] >= 1
    assert proxy.posts.count(FUTURES_ORDERS) == 1
    await assert_the_venue_and_the_stream_agree(desk, approved)


@pytest.mark.parametrize(
    ("fates", "ends"),
    [
        pytest.param((Fate.REQUEST_LOST, Fate.REQUEST_LOST), PackageAborted, id="before either order arrived"),
        pytest.param((Fate.ANSWER_LOST, Fate.ANSWER_LOST), PackageOpened, id="before either answer came back"),
        pytest.param((Fate.ANSWER_LOST, Fate.REQUEST_LOST), PackageAborted, id="when just one order had arrived"),
    ],
)
async def test_a_kill_around_the_orders_leaves_no_duplicate_and_no_open_end(
    execution_at: ExecutionAt,
    desk: Desk,
    proxy: VenueProxy,
    fates: tuple[Fate, Fate],
    ends: type[PackageAborted] | type[PackageOpened],
) -> None:
    execution = execution_at(proxy.url)
    async with execution.running(signal.SIGKILL):
        await desk.execution_is_ready()
        proxy.fates[SPOT_ORDERS], proxy.fates[FUTURES_ORDERS] = fates
        approved = await desk.approval()
        await desk.say(approved)
        await eventually(lambda: proxy.lost == 2, "both orders to be under way")
    proxy.release()
    proxy.fates = dict.fromkeys(proxy.fates, Fate.PASSES)
    sent_before = Counter(proxy.posts)
    async with execution.running():
        await eventually(lambda: desk.has_told(ends), f"{ends.__name__} after the restart")
    legs = [sent for sent in await orders_of(desk, approved) if sent.purpose is OrderPurpose.LEG]
    arrived = sum(fate is Fate.ANSWER_LOST for fate in fates)
    assert len(legs) == arrived
    assert sent_before == Counter([SPOT_ORDERS, FUTURES_ORDERS])
    unwinds = len(await orders_of(desk, approved)) - len(legs)
    assert len(proxy.posts) == 2 + unwinds
    await assert_the_venue_and_the_stream_agree(desk, approved)


async def test_a_stop_in_the_middle_of_an_order_waits_for_its_answer(
    execution_at: ExecutionAt, desk: Desk, proxy: VenueProxy
) -> None:
    execution = execution_at(proxy.url)
    process = await execution.start()
    await desk.execution_is_ready()
    proxy.fates[FUTURES_ORDERS] = Fate.ANSWER_LATE
    approved = await desk.approval()
    await desk.say(approved)
    await eventually(lambda: proxy.lost == 1, "the order to be under way")
    process.send_signal(signal.SIGTERM)
    proxy.release()
    await process.communicate()
    assert process.returncode == 0
    asked_before = proxy.look_ups
    reported_before = len(await desk.read(AccountReported))
    async with execution.running():
        await eventually(lambda: desk.has_told(AccountReported, reported_before + 1), "a report after the restart")
        await eventually(lambda: desk.has_told(PackageOpened), "the package to be open")
    assert proxy.look_ups == asked_before
    await assert_the_venue_and_the_stream_agree(desk, approved)
