"""A scenario played at a real simulated venue, and its aftermath read from a real book of record."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually
from tests.integration.conftest import Simulator, simulator_process
from tests.unit.cli.desk_states import portfolio
from tests.unit.cli.test_desk_view import held

from poise.demo.desk_view import DeskView
from poise.demo.failure import DemoFailed
from poise.demo.record import Record, recording
from poise.demo.scenarios import evidence
from poise.demo.scenarios.aftermath import Entry, Fate, Mandate
from poise.demo.scenarios.presets import ScenarioName
from poise.demo.scenarios.stage import Stage
from poise.demo.scenarios.venue import scenario_underway, start_scenario
from poise.demo.waiting import TradingTime, Waiting
from poise_common.platform.clock import utc_now
from poise_common.platform.database import create_engine
from poise_execution.adapters.tables import approvals
from poise_portfolio.adapters.history_tables import decisions
from poise_portfolio.adapters.ledger_tables import (
    fills,
    funding_payments,
    funding_shares,
    package_legs,
    packages,
)

CRASH, OUTAGE = ScenarioName.CORRELATED_CRASH, ScenarioName.VENUE_OUTAGE
FIRST, SECOND, FOREIGN = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = utc_now()
BEFORE, AFTER = NOW - timedelta(seconds=5), NOW + timedelta(seconds=5)
LATER = AFTER + timedelta(seconds=1)
TWO_HELD = portfolio(packages=(held("0"), held("3").model_copy(update={"package_id": SECOND})))


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Simulator]:
    """A venue of the test's own."""
    with simulator_process(tmp_path) as running:
        yield running


@pytest.fixture
async def engine(migrated: str) -> AsyncIterator[AsyncEngine]:
    """The books that the aftermath is read from, with nothing in them."""
    engine = create_engine(migrated)
    async with engine.begin() as connection:
        for table in (approvals, decisions, fills, funding_shares, funding_payments, package_legs, packages):
            await connection.execute(table.delete())
    yield engine
    await engine.dispose()


@pytest.fixture
async def record(engine: AsyncEngine) -> AsyncIterator[Record]:
    async with recording(engine.url.render_as_string(hide_password=False)) as opened:
        yield opened


class Play:
    """A stage with all it needs, and what it said."""

    def __init__(self, name: ScenarioName, venue: Simulator, record: Record, seconds: float = 60) -> None:
        self.view = DeskView()
        self.said: list[str] = []
        self.interrupted = asyncio.Event()
        self.time = TradingTime()
        self.time.start(seconds)
        self.stage = Stage(
            name,
            venue_urls={"paper": venue.http_url},
            funding_interval_s=36,
            view=self.view,
            record=record,
            waiting=Waiting(asyncio.get_running_loop().create_future(), self.interrupted),
            time=self.time,
            say=self.said.append,
        )


async def stored(engine: AsyncEngine, *rows: tuple[Any, dict[str, Any]]) -> None:
    async with engine.begin() as connection:
        for table, values in rows:
            await connection.execute(table.insert().values(**values))


def package(package_id: UUID, **changes: Any) -> tuple[Any, dict[str, Any]]:
    amounts = dict.fromkeys(("realised_pnl_usd", "funding_usd", "fees_usd", "borrow_usd", "slippage_usd"), Decimal(0))
    fields = {"package_id": package_id, "asset": "BTC", "state": "open", "opened_at": BEFORE, "settled_approvals": []}
    return packages, fields | amounts | {"hedge_ratio": Decimal(1)} | changes


async def test_it_strikes_once_enough_is_held_and_sees_what_follows(venue: Simulator, record: Record) -> None:
    play = Play(CRASH, venue, record)
    playing = asyncio.create_task(play.stage.play())
    await eventually(lambda: play.view.scenario is not None, "the stage waits for what is held")
    assert await scenario_underway(venue.http_url, CRASH) is None
    play.view.take(TWO_HELD)
    await eventually(lambda: bool(play.said), "it strikes")
    assert play.said == ["correlated-crash strikes: 2 packages are held"]
    left_s = play.time.left_s
    assert left_s is not None
    assert left_s > 60, "the run lasts until the bounds can be told"
    play.view.take(portfolio(equity_usd=Decimal(90_000), packages=()))
    play.interrupted.set()
    await asyncio.wait_for(playing, 30)
    after = await play.stage.aftermath()
    assert after is not None
    assert set(after.strike.held) == {FIRST, SECOND}
    assert after.still_held == 2
    assert after.course.loss_pct > 10
    assert after.liquidations == 0
    assert [sighting.residuals_usd for sighting in after.sightings] == [{FIRST: 0, SECOND: 3}, {}]


async def test_where_nothing_is_held_it_never_strikes(venue: Simulator, record: Record) -> None:
    play = Play(CRASH, venue, record, seconds=0.2)
    await asyncio.wait_for(play.stage.play(), 30)
    assert await play.stage.aftermath() is None
    assert await scenario_underway(venue.http_url, CRASH) is None


async def test_one_that_waits_for_an_entry_has_not_struck_before_it(venue: Simulator, record: Record) -> None:
    play = Play(OUTAGE, venue, record)
    play.view.take(portfolio())
    playing = asyncio.create_task(play.stage.play())
    await eventually(lambda: play.view.scenario == "venue-outage strikes with the next entry", "it waits at the venue")
    play.interrupted.set()
    await asyncio.wait_for(playing, 30)
    assert await play.stage.aftermath() is None
    assert play.said == []


async def test_a_refusal_is_told_in_the_venues_own_words(venue: Simulator, record: Record) -> None:
    await start_scenario(venue.http_url, CRASH)
    play = Play(CRASH, venue, record)
    play.view.take(TWO_HELD)
    with pytest.raises(DemoFailed, match=r"refuses /sim/v1/scenarios/correlated-crash: .*end it first"):
        await play.stage.play()


PAIR = [{"limit": "one_venue", "detail": "paper"}, {"limit": "venue_pair", "detail": "paper-paper_okx"}]


def decision(asset: str, **changes: Any) -> tuple[Any, dict[str, Any]]:
    ids = {name: uuid4() for name in ("decision_id", "request_id", "package_id")}
    fields = {"action": "open", "strategy": "s", "verdict": "approved", "reason": "", "checks": []}
    amounts = {"requested_exposure_usd": Decimal(1), "approved_exposure_usd": Decimal(1)}
    row = {**ids, **fields, **amounts, "asset": asset, "decided_at": AFTER} | changes
    return decisions, row | {"approval_id": None if row["verdict"] == "rejected" else uuid4()}


async def test_the_entries_after_the_strike_are_those_that_risk_let_in(engine: AsyncEngine, record: Record) -> None:
    await stored(
        engine,
        decision("BTC", verdict="approved_smaller", checks=PAIR),
        decision("ADA", decided_at=LATER),
        decision("ETH", verdict="rejected"),
        decision("SOL", action="close"),
        decision("XRP", decided_at=BEFORE),
    )
    told = await evidence.entries_since(record, NOW)
    assert told == [Entry("BTC", AFTER, frozenset({"paper", "paper_okx"})), Entry("ADA", LATER, frozenset())]


async def test_an_exit_that_is_silent_about_its_slippage_is_counted(engine: AsyncEngine, record: Record) -> None:
    await stored(
        engine,
        decision("BTC", action="close", reason="closing: converged"),
        decision("ETH", action="close", reason="closing: converged; expected slippage 1.2 bps, 0.96 USD"),
        decision("SOL", action="close", verdict="rejected"),
        decision("XRP", action="close", decided_at=BEFORE),
        decision("DOGE"),
    )
    assert await evidence.exits_without_slippage(record, NOW) == 1


async def test_what_became_of_a_package_is_what_the_book_has_of_it(engine: AsyncEngine, record: Record) -> None:
    brought = {"realised_pnl_usd": Decimal(10), "funding_usd": Decimal(-3), "fees_usd": Decimal(2)}
    await stored(engine, package(SECOND, state="closed", closed_at=AFTER, **brought), package(FOREIGN, **brought))
    assert await evidence.fates_of(record, [SECOND, FOREIGN, FIRST]) == {
        SECOND: Fate(AFTER, Decimal(5)),
        FOREIGN: Fate(None, Decimal(5)),
    }


async def test_settlements_that_a_package_paid_since_are_counted_for_the_one_that_paid_most(
    engine: AsyncEngine, record: Record
) -> None:
    def paid(name: str, payer: UUID, amount_usd: int, paid_at: Any = AFTER) -> list[tuple[Any, dict[str, Any]]]:
        key = {"venue": "paper", "symbol": "BTC/USDT:USDT", "income_id": name}
        amount = Decimal(amount_usd)
        payment = {"asset": "BTC", "amount": amount, "currency": "USDT", "amount_usd": amount, "paid_at": paid_at}
        return [(funding_payments, key | payment), (funding_shares, key | {"package_id": payer, "amount_usd": amount})]

    assert await evidence.settlements_against(record, NOW) == 0
    await stored(
        engine,
        package(FIRST),
        package(SECOND),
        *paid("other", FIRST, -1),
        *paid("against", SECOND, -1),
        *paid("again", SECOND, -1),
        *paid("for", SECOND, 1),
        *paid("before", SECOND, -1, BEFORE),
    )
    assert await evidence.settlements_against(record, NOW) == 2


async def test_the_approvals_under_way_since_are_those_that_had_not_ended(engine: AsyncEngine, record: Record) -> None:
    def approval(package_id: UUID, status: str, ended_at: Any) -> tuple[Any, dict[str, Any]]:
        fields = {"approved": {}, "expires_at": NOW, "taken_at": BEFORE, "outcome": "", "told": 0}
        return approvals, fields | {
            "approval_id": uuid4(),
            "package_id": package_id,
            "status": status,
            "ended_at": ended_at,
        }

    await stored(
        engine,
        approval(FIRST, "working", None),
        approval(SECOND, "done", AFTER),
        approval(FOREIGN, "done", BEFORE),
        approval(FOREIGN, "refused", AFTER),
    )
    found = await evidence.mandates_since(record, NOW)
    assert sorted(found, key=lambda each: each.package_id) == [
        Mandate(FIRST, BEFORE, None),
        Mandate(SECOND, BEFORE, AFTER),
    ]


async def test_slippage_is_of_each_closing_orders_average_price(engine: AsyncEngine, record: Record) -> None:
    def fill(order: str, side: str, price: int, quantity: int = 1, **changes: Any) -> tuple[Any, dict[str, Any]]:
        names = {"venue": "paper", "symbol": "BTC/USDT", "trade_id": str(uuid4()), "order_id": order}
        words = {"strategy": "s", "asset": "BTC", "action": "close", "role": "long_leg", "purpose": "leg"}
        zeros = dict.fromkeys(("fee", "fee_usd", "realised_pnl_usd", "slippage_usd"), Decimal(0))
        terms = {"side": side, "quantity": quantity, "price": price, "decision_price": 1_000, "fee_currency": "USDT"}
        ids = {"package_id": FIRST, "approval_id": uuid4(), "client_order_id": order, "filled_at": AFTER}
        return fills, {**names, **words, **zeros, **terms, **ids} | changes

    leg = {"package_id": FIRST, "role": "long_leg", "venue": "paper", "symbol": "BTC/USDT"}
    await stored(
        engine,
        package(FIRST),
        (package_legs, leg | dict.fromkeys(("quantity", "cost", "peak_quantity"), Decimal(0))),
        fill("sold", "sell", 997, 3),
        fill("sold", "sell", 993),
        fill("bought", "buy", 999),
        fill("opened", "buy", 1_200, action="open"),
        fill("retaken", "buy", 1_200, purpose="unwind"),
        fill("earlier", "buy", 1_200, filled_at=BEFORE),
    )
    assert sorted(await evidence.exit_slippages_bps(record, NOW)) == [Decimal(-10), Decimal(40)]
