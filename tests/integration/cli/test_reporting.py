"""`poise report` on a book of record that the portfolio itself has filled."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.integration.cli.filled_book import FIRST, SECOND, TradingDesk, asked_package, stored_matrix
from tests.integration.service_process import ROOT
from tests.unit.cli.reports import ASSUMPTIONS
from tests.unit.portfolio.desk import PERPETUAL, START, balance

from poise.report.book.reading import read_book
from poise.report.period import Period, period_of
from poise.report.period_report import Equity, Part, PeriodReport
from poise.report.reckoning import reckon
from poise_common.platform.database import create_engine, upsert
from poise_portfolio.adapters.history_tables import correlation_matrices
from poise_portfolio.adapters.tables import metadata
from poise_portfolio.domain.hindsight.records import End, FundingPrediction
from poise_signals.adapters.tables import packages as asked_packages

Report = Callable[..., Awaitable[Ended]]

WAIT_S = "60"
OPTIONS = ("--since", f"{START:%Y-%m-%d}", "--days", "30")
MONTH = period_of(START, since=START.replace(hour=0), until=None, days=30)


@pytest.fixture
async def engine(migrated: str) -> AsyncIterator[AsyncEngine]:
    """The migrated schemas with nothing in what a report reads."""
    engine = create_engine(migrated)
    async with engine.begin() as connection:
        for table in (asked_packages, *reversed(metadata.sorted_tables)):
            await connection.execute(table.delete())
    yield engine
    await engine.dispose()


@pytest.fixture
async def desk(engine: AsyncEngine) -> TradingDesk:
    desk = TradingDesk()
    desk.week()
    await desk.book_into(engine)
    return desk


@pytest.fixture
def report(engine: AsyncEngine, tmp_path: Path) -> Report:
    url = engine.url.render_as_string(hide_password=False)

    async def ask(*arguments: str) -> Ended:
        environment = {"POISE_DATABASE__URL": url, "POISE_CONFIG__DIR": str(ROOT / "config")}
        return await poise("report", *arguments, "--wait-s", WAIT_S, cwd=tmp_path, **environment)

    return ask


async def made_of(engine: AsyncEngine, period: Period = MONTH) -> PeriodReport:
    async with engine.connect() as connection:
        return reckon(await read_book(connection, period), ASSUMPTIONS, period.until)


def equity_of(made: PeriodReport) -> Equity:
    assert made.equity is not None
    return made.equity


@pytest.mark.usefixtures("desk")
async def test_a_package_is_told_as_it_was_traded(engine: AsyncEngine) -> None:
    made = await made_of(engine)
    (ended,) = made.ended
    # the spot leg sold 9.9 above its price, the short leg bought back 9.4 above its own; one dollar of it slipped
    assert (ended.price_usd, ended.funding_usd, ended.fees_usd, ended.slippage_usd, ended.net_usd) == (6, 7, 2, 1, 10)
    assert (ended.exposure_usd, ended.borrow_usd, ended.venue) == (1_050, 0, "paper")
    assert ended.held_h == pytest.approx(71, abs=0.1)
    assert ended.realised_apr == pytest.approx(10 / 1_050 * 8_760 / 71, rel=0.01)
    (held,) = made.held
    assert (held.package_id, held.net_usd, held.exposure_usd) == (SECOND, None, 2_280)
    assert [(each.asset, round(each.weight, 4)) for each in made.weights] == [("BTC", 0.0228)]


@pytest.mark.usefixtures("desk")
async def test_the_parts_of_the_result_add_up_to_the_change_of_equity(engine: AsyncEngine) -> None:
    equity = equity_of(await made_of(engine))
    parts = {each.part: each.usd for each in equity.parts if each.usd}
    # 10 closed; 0.5 on twenty coins that are held, their hedge where it was
    assert equity.end_usd - equity.start_usd == equity.net_usd == sum(parts.values()) == 20
    assert parts == {Part.PRICE: 16, Part.FUNDING: 7, Part.FEES: -2, Part.SLIPPAGE: -1}
    assert equity.unrealised_usd == 10
    assert equity.metrics.total_return == pytest.approx(0.0002)


@pytest.mark.usefixtures("desk")
async def test_a_part_of_the_time_is_reported_as_that_part(engine: AsyncEngine) -> None:
    since = START + timedelta(hours=80)
    day = Period(since=since, until=since + timedelta(days=1))
    made = await made_of(engine, day)
    assert (made.ended, [held.package_id for held in made.held]) == ((), [SECOND])
    curve = [each.at for each in equity_of(made).curve]
    assert curve[0] == since
    assert all(since <= at < day.until for at in curve)


async def test_a_curve_has_the_last_figure_of_each_step(engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.open_account()
    desk.hours(30, spot=100, perpetual=105)
    await desk.book_into(engine)
    decade = Period(since=MONTH.since, until=MONTH.since + timedelta(days=3_650))
    assert decade.step == timedelta(days=1)
    curve = [each.at for each in equity_of(await made_of(engine, decade)).curve]
    assert [at.date() for at in curve] == [START.date(), START.date() + timedelta(days=1)]
    assert curve[-1] == desk.now


async def test_an_acknowledged_transfer_is_no_result(engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.week()
    desk.tell(desk.acknowledged(balance("spot", "USDT", "57898", "47898")))
    desk.hours(2, spot=110.5, perpetual=114)
    await desk.book_into(engine)
    made = await made_of(engine)
    equity = equity_of(made)
    assert (equity.transfers_usd, equity.net_usd) == (-10_000, 20)
    assert equity.metrics.max_drawdown < 0.001
    assert [each.operator for each in made.acknowledgements] == ["ada"]


@pytest.mark.usefixtures("desk")
async def test_what_was_expected_stands_beside_what_was_made(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await upsert(connection, asked_packages, [asked_package(FIRST, "0.0036")])
    (ended,) = (await made_of(engine)).ended
    assert ended.expected_apr == pytest.approx(0.0036 * 120)


@pytest.mark.usefixtures("desk")
async def test_the_newest_matrix_of_each_window_is_reported(engine: AsyncEngine) -> None:
    for day, rho in ((1, 0.1), (2, 0.8), (40, 0.2)):
        async with engine.begin() as connection:
            await upsert(connection, correlation_matrices, [stored_matrix(START + timedelta(days=day), rho)])
    (newest,) = (await made_of(engine)).correlations
    assert (newest.assets, newest.rho) == (("BTC", "ETH"), ((1.0, 0.8), (0.8, None)))


async def test_funding_is_held_against_what_was_foretold(engine: AsyncEngine) -> None:
    desk = TradingDesk()
    for number, (predicted, settled) in enumerate(((0.0003, 0.0001), (0.0001, 0.0002), (0.0005, None))):
        settles_at = START + timedelta(hours=8 * (number + 1))
        told_at = settles_at - timedelta(hours=1)
        desk.records.append(FundingPrediction("paper", PERPETUAL, settles_at, 3_600, predicted, told_at, settled))
    await desk.book_into(engine)
    of_all, of_one = (await made_of(engine)).calibration
    assert (of_all.symbol, of_one.symbol) == (None, PERPETUAL)
    for line in (of_all, of_one):
        assert line.settlements == 2
        assert line.bias_per_interval == pytest.approx(0.00005)
        assert line.mean_absolute_error_per_interval == pytest.approx(0.00015)


async def test_what_limits_kept_out_is_summed_up_by_limit(engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.now = MONTH.since - timedelta(days=2)
    desk.records += [desk.refuse("one_asset", "150").ended(End.AGE, MONTH.since - timedelta(days=1))]
    desk.now = START
    desk.records += [
        desk.refuse("slots", "101").ended(End.AGE, desk.now + timedelta(days=1)),
        desk.refuse("slots", "98"),
        desk.refuse("one_asset", "100").ended(End.AGE, desk.now),
    ]
    await desk.book_into(engine)
    one_asset, slots = (await made_of(engine)).refused
    assert (slots.binding_limit, slots.packages, slots.followed, slots.winners) == ("slots", 2, 1, 1)
    assert (slots.price_usd, slots.fees_usd, slots.net_usd, slots.exposure_usd) == (-1, 0, -1, 200)
    assert (one_asset.binding_limit, one_asset.packages, one_asset.net_usd) == ("one_asset", 1, 0)


async def test_weights_stand_beside_the_last_plans(engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.plan("1000")
    desk.week()
    desk.plan("5000")
    await desk.book_into(engine)
    made = await made_of(engine)
    assert [(each.asset, round(each.weight, 4), each.target) for each in made.weights] == [("BTC", 0.0228, 0.05)]
    assert made.plan is not None
    assert (made.plan.model, made.plan.ordered_by, made.plan.trades) == ("equal_weight", "ada", 0)


@pytest.mark.usefixtures("desk")
async def test_a_program_reads_the_report_as_json(report: Report) -> None:
    ended = await report("--json", *OPTIONS)
    assert (ended.code, ended.errors) == (0, "")
    made = PeriodReport.model_validate_json(ended.out)
    assert equity_of(made).net_usd == 20
    assert [line.package_id for line in made.ended] == [FIRST]
    assert equity_of(made).risk_free_rate == 0.04  # as shipped


@pytest.mark.usefixtures("desk")
async def test_the_page_is_written_beside_the_tables(report: Report, tmp_path: Path) -> None:
    ended = await report(*OPTIONS, "--html", "report.html")
    assert ended.code == 0
    assert "what it is made of" in ended.out
    assert ended.errors.strip() == "the page is in report.html"
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "+$20.00" in page
    assert str(FIRST) in page


@pytest.mark.usefixtures("engine")
async def test_an_empty_book_says_that_no_desk_has_traded_on_it(report: Report, tmp_path: Path) -> None:
    ended = await report("--html", "report.html")
    assert (ended.code, ended.out) == (1, "")
    assert "nor of any other time: no desk has traded on it" in ended.errors
    assert not (tmp_path / "report.html").exists()


@pytest.mark.usefixtures("desk")
async def test_a_time_that_the_book_has_nothing_of_is_said_with_the_times_that_it_has(report: Report) -> None:
    ended = await report("--since", "2025-01-01", "--until", "2025-02-01")
    assert (ended.code, ended.out) == (1, "")
    assert f"it has the desk's worth from {START:%Y-%m-%d}" in ended.errors
