import signal

from tests.integration.common.running import eventually
from tests.integration.signals.desk import Desk, SignalsProcess
from tests.integration.signals.stored import Book

from poise_common.contracts.packages import ClosePackage, CloseReason, OpenPackage, Verdict


async def _opened(desk: Desk) -> None:
    """Let what was asked for be approved and opened."""
    await desk.asked()
    await desk.say(desk.decided(Verdict.APPROVED))
    await desk.say(desk.opened())


async def _has_asked(desk: Desk, times: int) -> bool:
    return len(await desk.asked()) == times


async def test_books_that_pay_become_a_request_whose_package_is_stored(redis_url: str, book: Book, desk: Desk) -> None:
    desk.premium_bps = 50
    async with SignalsProcess(redis_url, book.url).running(), desk.speaking():
        await eventually(lambda: _has_asked(desk, 1), "a request")
    (request,) = desk.requests
    assert isinstance(request, OpenPackage)
    assert request.exposure_usd <= 8_000
    (row,) = await book.rows()
    assert (row.package_id, row.request_id, row.state) == (request.package_id, request.id, "proposed")


async def test_a_request_that_was_under_way_at_a_kill_is_not_made_again(redis_url: str, book: Book, desk: Desk) -> None:
    desk.premium_bps = 50
    process = SignalsProcess(redis_url, book.url)
    async with desk.speaking():
        async with process.running(signal.SIGKILL):
            await eventually(lambda: _has_asked(desk, 1), "a request")
        before = await book.rows()
        async with process.running():
            await eventually(lambda: desk.told("asked for"), "the restarted process goes on with its package")
    assert await _has_asked(desk, 1)
    assert await book.rows() == before


async def test_a_package_that_was_open_at_a_kill_is_closed_after_the_restart(
    redis_url: str, book: Book, desk: Desk
) -> None:
    desk.premium_bps = 50
    process = SignalsProcess(redis_url, book.url)
    async with desk.speaking():
        async with process.running(signal.SIGKILL):
            await eventually(lambda: _has_asked(desk, 1), "a request to open")
            await _opened(desk)
            await eventually(lambda: book.holds("open"), "an open package")
        desk.premium_bps = 0
        async with process.running():
            await eventually(lambda: _has_asked(desk, 2), "a request to close")
            opening, closing = desk.requests
            assert isinstance(closing, ClosePackage)
            assert closing.reason is CloseReason.CONVERGED
            assert closing.package_id == opening.package_id
            assert closing.short_leg.quantity == opening.short_leg.quantity
            await desk.say(desk.decided(Verdict.APPROVED))
            await desk.say(desk.closed())
            await eventually(lambda: book.holds("closed"), "a closed package")


async def test_a_stopped_service_ends_with_exit_code_zero(redis_url: str, book: Book, desk: Desk) -> None:
    async with desk.speaking(), SignalsProcess(redis_url, book.url).running() as process:
        await eventually(lambda: desk.told("net yield -0.1700% is below the entry's 0.10%"), "it serves")
    assert process.returncode == 0


async def test_thresholds_that_lose_are_refused_at_start_with_the_sum(redis_url: str, book: Book) -> None:
    refused = SignalsProcess(redis_url, book.url, POISE_STRATEGIES__FUNDING_CARRY__EXIT_EDGE_LEFT_PCT="0.2")
    process = await refused.start()
    _, errors = await process.communicate()
    assert process.returncode == 2
    text = errors.decode()
    assert "loses money after all fees" in text
    assert "premium sold 0.2600% - premium bought back 0.2000%" in text
    assert "would pass" in text
    assert "Traceback" not in text
