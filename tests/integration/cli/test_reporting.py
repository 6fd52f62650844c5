"""`poise report` on a book of record that the portfolio itself has filled."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.integration.service_process import ROOT
from tests.unit.portfolio.desk import PERPETUAL, SPOT, START, Desk, balance

from poise_common.contracts.packages import PackageAction
from poise_common.contracts.state import CorrelationMatrix
from poise_common.platform.database import create_engine, upsert
from poise_portfolio.adapters.rows import rows_of
from poise_portfolio.adapters.tables import metadata
from poise_portfolio.domain.hindsight.records import FundingPrediction
from poise_signals.adapters.tables import packages as asked_packages

Report = Callable[..., Awaitable[Ended]]

WAIT_S = "60"
D = Decimal
FIRST, SECOND = UUID(int=1), UUID(int=2)
MONTH = ("--since", f"{START:%Y-%m-%d}", "--days", "30")
CLOSE = PackageAction.CLOSE


class TradingDesk(Desk):
    """A desk that trades for a week and tells its worth each hour."""

    def hours(self, hours: int, **marks: float) -> None:
        for _ in range(hours):
            self.now += timedelta(minutes=59)
            self.tell(self.book(SPOT, marks["spot"]), self.book(PERPETUAL, marks["perpetual"]))
            self.wait(60)

    def week(self) -> None:
        """One package that makes 5 by price, 7 by funding, for 2 of fees; another one that is held."""
        self.open_account()
        self.hours(1, spot=100, perpetual=105)
        self.tell(
            self.fill(SPOT, "buy", "10", "100.1", decision_price="100", fee="1", package_id=FIRST),
            self.fill(PERPETUAL, "sell", "10", "105", fee="1", package_id=FIRST),
            self.opened(FIRST),
        )
        self.hours(71, spot=101, perpetual=106)
        self.tell(self.funding("7"))
        self.tell(
            self.fill(SPOT, "sell", "10", "110", package_id=FIRST, action=CLOSE),
            self.fill(PERPETUAL, "buy", "10", "114.4", package_id=FIRST, action=CLOSE),
            self.closed(FIRST),
        )
        self.hours(24, spot=110, perpetual=114)
        self.tell(
            self.fill(SPOT, "buy", "20", "110", package_id=SECOND),
            self.fill(PERPETUAL, "sell", "20", "114", package_id=SECOND),
            self.opened(SECOND),
        )
        self.hours(72, spot=110.5, perpetual=114)

    async def book_into(self, engine: AsyncEngine) -> None:
        rows: dict[Any, dict[tuple[Any, ...], dict[str, Any]]] = {}
        for record in self.records:
            for table, row in rows_of(record):
                key = tuple(row[column.name] for column in table.primary_key.columns)
                rows.setdefault(table, {})[key] = row
        async with engine.begin() as connection:
            for table in metadata.sorted_tables:
                await upsert(connection, table, list(rows.get(table, {}).values()))


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


async def found(report: Report, *arguments: str) -> dict[str, Any]:
    ended = await report("--json", *arguments)
    assert (ended.code, ended.errors) == (0, "")
    read: dict[str, Any] = json.loads(ended.out)
    return read


@pytest.mark.usefixtures("desk")
async def test_the_report_is_what_the_desk_made(report: Report) -> None:
    made = await found(report, *MONTH)
    (package,) = made["ended"]
    amounts = ("price_usd", "funding_usd", "fees_usd", "slippage_usd", "borrow_usd", "net_usd", "exposure_usd")
    # the spot leg sold 9.9 above its price, the short leg bought back 9.4 above its own; one dollar of it slipped
    assert [float(package[name]) for name in amounts] == [6, 7, 2, 1, 0, 10, 1_050]
    assert package["held_h"] == pytest.approx(71, abs=0.1)
    assert package["realised_apr"] == pytest.approx(10 / 1_050 * 8_760 / 71, rel=0.01)
    (held,) = made["held"]
    assert (UUID(held["package_id"]), held["net_usd"], float(held["exposure_usd"])) == (SECOND, None, 2_280)
    assert [(each["asset"], round(each["weight"], 4)) for each in made["weights"]] == [("BTC", 0.0228)]


@pytest.mark.usefixtures("desk")
async def test_the_parts_of_the_result_add_up_to_the_change_of_equity(report: Report) -> None:
    equity = (await found(report, *MONTH))["equity"]
    parts = {each["part"]: D(each["usd"]) for each in equity["parts"]}
    # 10 closed; 0.5 on twenty coins that are held, their hedge where it was
    assert D(equity["end_usd"]) - D(equity["start_usd"]) == D(equity["net_usd"]) == sum(parts.values()) == 20
    assert {part: float(usd) for part, usd in parts.items() if usd} == {
        "price": 16,
        "funding": 7,
        "fees": -2,
        "slippage": -1,
    }
    assert equity["metrics"]["total_return"] == pytest.approx(0.0002)


@pytest.mark.usefixtures("desk")
async def test_a_part_of_the_time_is_reported_as_that_part(report: Report) -> None:
    since = START + timedelta(hours=80)
    made = await found(report, "--since", f"{since:%Y-%m-%dT%H:%M}", "--days", "1")
    assert made["ended"] == []
    assert [held["package_id"] for held in made["held"]] == [str(SECOND)]
    curve = [datetime.fromisoformat(each["at"]) for each in made["equity"]["curve"]]
    assert curve[0] == since
    assert all(since <= at < since + timedelta(days=1) for at in curve)


async def test_an_acknowledged_transfer_is_no_result(report: Report, engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.week()
    desk.tell(desk.acknowledged(balance("spot", "USDT", "57898", "47898")))
    desk.hours(2, spot=110.5, perpetual=114)
    await desk.book_into(engine)
    made = await found(report, *MONTH)
    assert D(made["equity"]["transfers_usd"]) == -10_000
    assert D(made["equity"]["net_usd"]) == 20
    assert made["equity"]["metrics"]["max_drawdown"] < 0.001
    assert made["acknowledgements"][0]["operator"] == "ada"


@pytest.mark.usefixtures("desk")
async def test_what_was_expected_stands_beside_what_was_made(report: Report, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await upsert(connection, asked_packages, [asked(FIRST, "0.0036")])
    (package,) = (await found(report, *MONTH))["ended"]
    assert package["expected_apr"] == pytest.approx(0.0036 * 8_760 / 72)  # the shipped horizon


async def test_the_newest_matrix_of_each_window_is_reported(report: Report, engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.week()
    await desk.book_into(engine)
    for day, rho in ((1, 0.1), (2, 0.8)):
        matrix = desk.message(
            CorrelationMatrix,
            window="90d",
            as_of=START + timedelta(days=day),
            assets=("BTC", "ETH"),
            rho=((1.0, rho), (rho, None)),
            points=720,
        )
        async with engine.begin() as connection:
            await connection.execute(
                text(
                    "insert into portfolio.correlation_matrices (time_window, as_of, assets, rho, points, is_spike)"
                    " values ('90d', :as_of, :assets, cast(:rho as jsonb), 720, false)"
                ),
                {"as_of": matrix.as_of, "assets": list(matrix.assets), "rho": json.dumps(matrix.rho)},
            )
    (newest,) = (await found(report, *MONTH))["correlations"]
    assert (newest["assets"], newest["rho"]) == (["BTC", "ETH"], [[1.0, 0.8], [0.8, None]])


async def test_funding_is_held_against_what_was_foretold(report: Report, engine: AsyncEngine) -> None:
    desk = TradingDesk()
    desk.week()
    for number, (predicted, settled) in enumerate(((0.0003, 0.0001), (0.0001, 0.0002), (0.0005, None))):
        settles_at = START + timedelta(hours=8 * (number + 1))
        desk.records.append(
            FundingPrediction(
                "paper", PERPETUAL, settles_at, 3_600, predicted, settles_at - timedelta(hours=1), settled
            )
        )
    await desk.book_into(engine)
    of_all, of_one = (await found(report, *MONTH))["calibration"]
    assert (of_all["symbol"], of_one["symbol"]) == (None, PERPETUAL)
    for line in (of_all, of_one):
        assert line["settlements"] == 2
        assert line["bias_per_interval"] == pytest.approx(0.00005)
        assert line["mean_absolute_error_per_interval"] == pytest.approx(0.00015)


@pytest.mark.usefixtures("desk")
async def test_the_page_is_written_beside_the_tables(report: Report, tmp_path: Path) -> None:
    ended = await report(*MONTH, "--html", "report.html")
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


async def test_what_cannot_be_done_is_refused_before_the_book_is_asked(report: Report, tmp_path: Path) -> None:
    for arguments, why in (
        (("--since", "yesterday"), "'yesterday' is no date or time"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "a beginning before the end would pass"),
        (("--html", str(tmp_path / "nowhere" / "report.html")), "no folder that can be written to"),
    ):
        ended = await report(*arguments)
        assert (ended.code, ended.out) == (2, "")
        assert why in " ".join(ended.errors.replace("│", " ").split())


async def test_a_configuration_that_does_not_pass_is_refused(engine: AsyncEngine, tmp_path: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    refused = await poise("report", cwd=tmp_path, POISE_DATABASE__URL=url, POISE_CONFIG__DIR=str(tmp_path))
    assert refused.code == 2
    assert "portfolio.yaml" in refused.errors


def asked(package_id: UUID, entry_yield: str) -> dict[str, Any]:
    """A package as signals keeps it."""
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return {
        "package_id": package_id,
        "strategy": "funding_carry",
        "asset": "BTC",
        "venue": "paper",
        "tier": 1,
        "state": "closed",
        "long_instrument": {},
        "short_instrument": {},
        "long_quantity": D(0),
        "short_quantity": D(0),
        "entry_yield": D(entry_yield),
        "request_id": package_id,
        "requests": 1,
        "requested_at": at,
        "approval_id": None,
        "settled_approvals": [],
        "close_reason": None,
        "note": "",
        "wait_until": None,
        "updated_at": at,
    }
