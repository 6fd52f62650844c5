"""The phase on a real database and a real bus."""

from dataclasses import replace
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually, publish
from tests.integration.portfolio.process import PortfolioProcess, published
from tests.integration.portfolio.test_repository import loaded, saved
from tests.unit.portfolio.phase_desk import PhaseDesk

from poise_common.contracts.control import Promote
from poise_common.contracts.packages import Verdict
from poise_common.contracts.state import PhaseState
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_portfolio.domain.phases.records import AssetMonth, PhaseBooks, PhaseChange, PhaseDay, PhaseEvent


def lived() -> PhaseDesk:
    """A desk that has seen one of everything, and went back twice."""
    desk = PhaseDesk(3).live().drill().earn("BTC", 100).earn("ETH", -20).live(2)
    desk.tell(desk.decided(), desk.decided(Verdict.REJECTED, binding_limit="tier_slots"))
    desk.tell(desk.decided(exposure_usd=12_000)).wait(60)
    desk.order(3)
    desk.order(1)
    return desk.beyond().live(35).locked().live()


async def test_what_was_seen_is_read_back(engine: AsyncEngine) -> None:
    desk = lived()
    await saved(engine, *desk.records)
    await saved(engine, *desk.records)
    books = (await loaded(engine)).phases
    assert books == desk.phase_books()
    assert books.change is not None
    assert (books.change.phase, len(books.months), len(books.days) > 30) == (1, 4, True)
    assert {event.kind.value for event in books.events} >= {"mode", "lock", "limit"}


async def test_an_empty_book_has_no_phase(engine: AsyncEngine) -> None:
    assert (await loaded(engine)).phases == PhaseBooks()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda desk: replace(desk.stored(PhaseChange)[-1], phase=4),
        lambda desk: replace(desk.stored(PhaseChange)[-1], sequence=0),
        lambda desk: replace(desk.stored(PhaseDay)[-1], sequence=99),
        lambda desk: replace(desk.stored(PhaseDay)[-1], down_s=-1.0),
        lambda desk: replace(desk.stored(PhaseDay)[-1], up_s=float("nan")),
        lambda desk: replace(desk.stored(PhaseDay)[-1], peak_usd=None),
        lambda desk: replace(desk.stored(PhaseDay)[-1], openings=-1),
        lambda desk: replace(desk.stored(AssetMonth)[-1], month=desk.now.date().replace(day=2)),
        lambda desk: replace(desk.stored(PhaseEvent)[-1], ended_at=desk.stored(PhaseEvent)[-1].at - timedelta(days=9)),
    ],
)
async def test_states_that_cannot_be_are_refused(engine: AsyncEngine, wrong: object) -> None:
    desk = PhaseDesk(3).live().earn("BTC", 1).live()
    with pytest.raises(IntegrityError):
        await saved(engine, *desk.records, wrong(desk))  # type: ignore[operator]  # a lambda of the table above


async def test_the_service_says_its_phase_answers_orders_and_goes_on_in_it_after_a_kill(
    redis: Redis, redis_url: str, migrated: str, engine: AsyncEngine
) -> None:
    del engine  # empties the schema
    portfolio = PortfolioProcess(redis_url, migrated)

    async def phase_is(phase: int) -> bool:
        states = await published(redis, PhaseState)
        return bool(states) and states[-1].phase == phase

    async def is_refused() -> bool:
        refusals = {state.refusal for state in await published(redis, PhaseState)}
        return "phases are taken one by one; after 1 comes 2" in refusals

    async with portfolio.running():
        await eventually(lambda: phase_is(3), "the configured phase is told")
        await publish(redis, order(1), order(3))
        await eventually(is_refused, "one order is carried out, the other refused")
        assert await phase_is(1)
    await redis.delete("portfolio.phase")
    async with portfolio.running():
        await eventually(lambda: phase_is(1), "it goes on in its phase")
    assert {state.reason for state in await published(redis, PhaseState)} == {"by hand"}


def order(phase: int) -> Promote:
    now = utc_now()
    return Promote.first(random_ids()(now), "console", now, phase=phase, operator="ada", reason="by hand")
