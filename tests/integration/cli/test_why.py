"""`poise why` on decisions of the real gate in a real book of record."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import Ended, poise
from tests.unit.risk.risk_desk import RiskDesk

from poise.desk_addresses import BookUnreadable
from poise.desk_book import consult
from poise.why.decisions import DecisionsAsked, DecisionsFound, read_decisions
from poise_common.contracts.packages import PackageDecided, Verdict
from poise_common.platform.clock import utc_now
from poise_risk.adapters.repository import RiskRepository
from poise_risk.domain.records import DecisionRecord

Why = Callable[..., Awaitable[Ended]]
WAIT_S = 60


class DecidedDesk(RiskDesk):
    """A desk that decides now, and whose decisions lie in the book."""

    def __init__(self) -> None:
        super().__init__(now=utc_now())
        self.ready()

    @property
    def decisions(self) -> list[PackageDecided]:
        return [record.decided for record in self.stored if isinstance(record, DecisionRecord)]

    async def book_into(self, engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            records = [DecisionRecord(decided=decided) for decided in self.decisions]
            await RiskRepository(remember_decisions_s=900).save(connection, records)


@pytest.fixture
async def decided(engine: AsyncEngine) -> DecidedDesk:
    """BTC is opened, ETH opened smaller, DOGE refused, BTC closed."""
    desk = DecidedDesk()
    btc = desk.open("BTC", 8_000)
    for request in (desk.request("ETH", 20_000), desk.request("DOGE", 5_000)):
        desk.now += timedelta(milliseconds=1)
        desk.send(request)
    desk.opened(btc)
    desk.show(btc)
    desk.now += timedelta(milliseconds=1)
    desk.send(desk.closing(btc.package_id, "BTC", desk.held[btc.package_id].long_leg.quantity))
    await desk.book_into(engine)
    return desk


@pytest.fixture
def why(engine: AsyncEngine, tmp_path: Path) -> Why:
    url = engine.url.render_as_string(hide_password=False)

    async def ask(*arguments: str) -> Ended:
        return await poise("why", *arguments, "--wait-s", str(WAIT_S), cwd=tmp_path, POISE_DATABASE__URL=url)

    return ask


def found(ended: Ended) -> DecisionsFound:
    """The outcome as a program reads it."""
    read = json.loads(ended.out)
    for decision in read["decisions"]:
        del decision["passing_exposure_usd"]
    return DecisionsFound.model_validate(read)


@pytest.mark.usefixtures("decided")
async def test_the_decisions_of_the_last_minutes_are_told_newest_last_with_what_bound(why: Why) -> None:
    ended = await why()
    assert (ended.code, ended.errors) == (0, "")
    assert "4 decisions since" in ended.out
    assert "2 approved, 1 smaller, 1 rejected" in ended.out
    rows = [line for line in ended.out.splitlines() if line.startswith("│ ") and ":" in line[:8]]
    assert [row.split("│")[2].strip() for row in rows] == ["open BTC", "open ETH", "open DOGE", "close BTC"]
    _, eth, doge, _ = rows
    cells = [cell.strip() for cell in eth.split("│")[3:7]]
    assert cells == ["smaller", "$20,000", "$10,000", "smaller: position_size 20000 against 10000; $10,000 would pass"]
    assert "instruments_known (unknown: DOGE, paper:DOGE/USDT, paper:DOGE/USDT:USDT); no size would pass" in doge


async def test_the_json_has_every_check_of_every_decision(why: Why, decided: DecidedDesk) -> None:
    outcome = found(await why("--json"))
    assert [each.request_id for each in outcome.decisions] == [each.request_id for each in decided.decisions]
    assert [each.checks for each in outcome.decisions] == [each.checks for each in decided.decisions]
    assert outcome.count == len(decided.decisions)


async def test_one_decision_is_told_with_each_limit_that_was_checked(why: Why, decided: DecidedDesk) -> None:
    eth = decided.decisions[1]
    for id_ in (str(eth.request_id), str(eth.request_id)[-8:].upper()):
        ended = await why("--request", id_)
        assert ended.code == 0
        assert "open ETH (funding_carry), $20,000: smaller for $10,000" in ended.out
        assert all(f"│ {check.limit} " in ended.out for check in eth.checks)


async def test_a_packages_decisions_are_all_told(why: Why, decided: DecidedDesk) -> None:
    opened, *_, closed = decided.decisions
    ended = await why("--package", str(opened.package_id))
    assert str(opened.request_id) in ended.out
    assert str(closed.request_id) in ended.out
    assert "ETH" not in ended.out


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize(
    ("arguments", "assets"),
    [
        (("--asset", "BTC"), ["BTC", "BTC"]),
        (("--rejected",), ["DOGE"]),
        (("--strategy", "funding_carry", "--last", "2"), ["DOGE", "BTC"]),
        (("--strategy", "pairs"), []),
    ],
)
async def test_what_is_asked_for_is_told_and_nothing_else(
    why: Why, arguments: tuple[str, ...], assets: list[str]
) -> None:
    assert [each.asset for each in found(await why("--json", *arguments)).decisions] == assets


@pytest.mark.usefixtures("decided")
async def test_the_tallies_count_what_is_not_listed_too(why: Why) -> None:
    outcome = found(await why("--json", "--last", "1"))
    assert len(outcome.decisions) == 1
    counts = {(each.verdict, each.binding_limit): each.count for each in outcome.tallies}
    assert counts == {
        (Verdict.APPROVED, None): 2,
        (Verdict.APPROVED_SMALLER, "position_size"): 1,
        (Verdict.REJECTED, "instruments_known"): 1,
    }
    (eth,) = (each for each in outcome.tallies if each.verdict is Verdict.APPROVED_SMALLER)
    assert (eth.requested_usd, eth.approved_usd, eth.assets) == (Decimal(20_000), Decimal(10_000), ("ETH",))


async def test_what_was_decided_before_is_not_told(why: Why, decided: DecidedDesk, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("update risk.decisions set decided_at = decided_at - interval '11 minutes'"))
    assert found(await why("--json")).decisions == ()
    assert len(found(await why("--json", "--minutes", "20")).decisions) == len(decided.decisions)


@pytest.mark.usefixtures("engine")
async def test_an_empty_book_says_what_to_look_at_instead(why: Why) -> None:
    ended = await why("--asset", "BTC")
    assert (ended.code, ended.errors) == (0, "")
    assert "risk decided nothing of BTC in the last 10 minutes" in ended.out
    assert "poise status" in ended.out


@pytest.mark.usefixtures("engine")
async def test_an_id_that_the_book_does_not_have_is_said(why: Why) -> None:
    ended = await why("--request", "00000000-0000-7000-8000-00000000beef")
    assert (ended.code, ended.out) == (1, "")
    assert "the book has no decision of request …00000000-0000-7000-8000-00000000beef" in ended.errors


async def test_the_book_of_the_desk_that_runs_from_this_folder_is_read(
    tmp_path: Path, decided: DecidedDesk, engine: AsyncEngine
) -> None:
    said = tmp_path / ".poise/desk.json"
    said.parent.mkdir()
    said.write_text(json.dumps({"database_url": engine.url.render_as_string(hide_password=False)}))
    ended = await poise("why", "--json", "--wait-s", str(WAIT_S), cwd=tmp_path)
    assert len(found(ended).decisions) == len(decided.decisions)


async def test_a_book_that_does_not_answer_is_said_in_one_line_without_its_password(tmp_path: Path) -> None:
    silent = asyncio.Event()

    async def be_silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://poise:secret@127.0.0.1:{port}/poise"
        unheard = await poise("why", "--wait-s", "0.3", cwd=tmp_path, POISE_DATABASE__URL=url)
        silent.set()
    assert unheard.refused_in_one_line
    assert f"poise:…@127.0.0.1:{port}/poise cannot be read: no answer within 0.3 s" in unheard.errors


async def test_a_book_without_risks_tables_says_how_they_are_made(tmp_path: Path, postgres_server: str) -> None:
    refused = await poise("why", "--wait-s", str(WAIT_S), cwd=tmp_path, POISE_DATABASE__URL=postgres_server)
    assert refused.refused_in_one_line
    assert "`poise migrate` brings it there" in refused.errors


async def test_reading_can_change_nothing(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_DATABASE__URL", engine.url.render_as_string(hide_password=False))
    with pytest.raises(BookUnreadable, match="read-only transaction"):
        await consult(lambda connection: connection.execute(text("delete from risk.decisions")), wait_s=WAIT_S)


async def test_the_last_decisions_are_found_by_their_time(decided: DecidedDesk, engine: AsyncEngine) -> None:
    asked = DecisionsAsked(since=decided.decisions[-1].decided_at, last=50)
    async with engine.connect() as connection:
        outcome = await read_decisions(connection, asked)
    assert [each.request_id for each in outcome.decisions] == [decided.decisions[-1].request_id]
