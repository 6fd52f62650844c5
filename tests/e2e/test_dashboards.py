"""Every panel of every dashboard asks a running desk's Prometheus and PostgreSQL, and is answered."""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import pytest
from tests.dashboards.filled_in import Asked, filled_in
from tests.dashboards.observed_desk import PROMETHEUS, SCRAPED_EACH_S, ObservedDesk, observed_desk
from tests.dashboards.questions import Question, dashboards, questions

VARIABLES = {"asset": "BTC", "window": "24h"}
_RANGE = timedelta(minutes=5)
_SNAPSHOT_EACH = timedelta(seconds=10)
_ANSWERED_WITHIN_S = 180
"""Until packages were opened and closed, and every panel has seen some of it."""
_ASK_AGAIN_AFTER_S = 2
_EMPTY_WHERE_ALL_IS_WELL = frozenset({"Alerts"})
"""Panels that have nothing to show of a healthy desk, and say so."""
ANSWERED = [question for question in questions() if question.panel["title"] not in _EMPTY_WHERE_ALL_IS_WELL]

Row = Mapping[str, Any]

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(PROMETHEUS is None, reason="there is no prometheus here: apt-get install prometheus"),
]


class Panels:
    """Asks each question until it is answered, and keeps the answer."""

    def __init__(self, desk: ObservedDesk, book: asyncpg.Connection) -> None:
        self._desk = desk
        self._book = book
        self.answers: dict[str, list[Row]] = {}

    async def answered(self) -> None:
        """Return when every question is answered, or when that takes too long."""
        deadline = time.monotonic() + _ANSWERED_WITHIN_S
        while (open_questions := self._open()) and time.monotonic() < deadline:
            for question in open_questions:
                answer = await self._answer(question)
                if answer:
                    self.answers[question.name] = answer
            await asyncio.sleep(_ASK_AGAIN_AFTER_S)
        for question in questions():
            if question not in ANSWERED:
                await self._answer(question)  # what is not understood is an HTTP error

    def _open(self) -> list[Question]:
        return [question for question in ANSWERED if question.name not in self.answers]

    async def _answer(self, question: Question) -> list[Row]:
        until = datetime.now(UTC)
        if question.is_of_prometheus:
            asked = Asked(until - _RANGE, until, timedelta(seconds=SCRAPED_EACH_S))
            expression = filled_in(question.text, asked, VARIABLES)
            return await asyncio.to_thread(self._series, expression, asked, is_instant=question.target["instant"])
        asked = Asked(until - _RANGE, until, _SNAPSHOT_EACH)
        return [dict(row) for row in await self._book.fetch(filled_in(question.text, asked, VARIABLES))]

    def _series(self, expression: str, asked: Asked, *, is_instant: bool) -> list[Row]:
        """Return the labels of each series that has a number."""
        until = asked.until.timestamp()
        if is_instant:
            found = self._desk.ask_prometheus("query", query=expression, time=until)
            return [one["metric"] for one in found if not math.isnan(float(one["value"][1]))]
        found = self._desk.ask_prometheus(
            "query_range",
            query=expression,
            start=asked.since.timestamp(),
            end=until,
            step=asked.interval.total_seconds(),
        )
        return [one["metric"] for one in found if any(not math.isnan(float(value)) for _, value in one["values"])]


class Told(NamedTuple):
    """What a desk that trades has told."""

    answers: Mapping[str, list[Row]]
    """By each question's name."""
    assets: frozenset[str]
    """To choose from."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Everything, asked as Grafana's login may ask it."""

    async def run() -> Told:
        async with observed_desk(tmp_path_factory.mktemp("observed")) as desk:
            book = await asyncpg.connect(desk.database_url)
            await book.execute("SET ROLE poise_dashboards")
            panels = Panels(desk, book)
            try:
                await panels.answered()
            finally:
                await book.close()
            choices = desk.ask_prometheus("series", **{"match[]": "poise_asset_regime"})
            return Told(panels.answers, frozenset(choice["asset"] for choice in choices))

    return asyncio.run(run())


each_question = pytest.mark.parametrize("question", ANSWERED, ids=lambda question: question.name)


@each_question
def test_a_panels_question_is_answered_with_data(question: Question, told: Told) -> None:
    assert told.answers.get(question.name), f"no data: {question.text}"


@each_question
def test_what_a_panel_calls_by_name_is_in_its_answer(question: Question, told: Told) -> None:
    answered = set().union(*told.answers.get(question.name, []))
    if question.is_of_prometheus:
        assert set(re.findall(r"\{\{(\w+)\}\}", question.target.get("legendFormat", ""))) <= answered
        return
    named = {override["matcher"]["options"] for override in question.panel["fieldConfig"].get("overrides", [])}
    assert named <= answered, "columns that the query does not have"
    if question.panel["type"] == "table" and not question.panel["transformations"]:
        assert answered <= named, "columns without a name for people"


def test_every_asset_of_the_universe_can_be_chosen(told: Told) -> None:
    (choice,) = [one for one in dashboards()["poise-asset"]["templating"]["list"] if one["name"] == "asset"]
    assert choice["query"]["query"] == "label_values(poise_asset_regime, asset)"
    assert told.assets > {"BTC", "ETH", "SOL"}
