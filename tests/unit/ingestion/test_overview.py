"""The market as a whole: who asks, how often, and what is told."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import AnyHttpUrl
from tests.unit.ingestion.desk import NOON, effects, ingestion_config, published, universe_config

from poise_common.contracts.market_data import MarketOverview
from poise_common.domain.ids import seeded_ids
from poise_ingestion.adapters.market_overview import overview_of
from poise_ingestion.domain.core import IngestionCore
from poise_ingestion.domain.effects import ReadOverview
from poise_ingestion.domain.observations import DutyChanged, OverviewRead

NEW_ID = seeded_ids(5)


def core(base_url: str | None = "http://127.0.0.1:9870") -> IngestionCore:
    shipped = ingestion_config()
    overview = shipped.overview.model_copy(update={"base_url": base_url and AnyHttpUrl(base_url), "interval_s": 60.0})
    return IngestionCore(
        universe_config(), shipped.model_copy(update={"overview": overview}), frozenset({1, 2, 3}), NEW_ID
    )


def duty(*, held: bool) -> DutyChanged:
    return DutyChanged.first(NEW_ID(NOON), "test", NOON, held=held)


def answer(**changes: Any) -> dict[str, Any]:
    data = {
        "market_cap_percentage": {"btc": 57.5, "eth": 12.0},
        "total_market_cap": {"usd": 3.5e12},
        "market_cap_change_percentage_24h_usd": -1.25,
        "updated_at": 1_790_000_000,
    }
    return {"data": data | changes}


def test_the_process_that_scans_asks_at_once_and_at_intervals() -> None:
    desk = core()
    assert len(effects(desk.handle(duty(held=True), NOON), ReadOverview)) == 1
    asked = [effects(desk.tick(NOON + timedelta(seconds=second)), ReadOverview) for second in range(1, 121)]
    assert [second for second, found in enumerate(asked, start=1) if found] == [60, 120]


def test_the_others_do_not_ask() -> None:
    desk = core()
    desk.handle(duty(held=True), NOON)
    desk.handle(duty(held=False), NOON)
    assert effects(desk.tick(NOON + timedelta(hours=1)), ReadOverview) == []


def test_without_an_address_nobody_asks() -> None:
    desk = core(None)
    assert effects(desk.handle(duty(held=True), NOON), ReadOverview) == []
    assert effects(desk.tick(NOON + timedelta(hours=1)), ReadOverview) == []


def test_what_the_source_says_is_published() -> None:
    read = overview_of(answer())
    seen = OverviewRead.first(
        NEW_ID(NOON),
        "test",
        NOON,
        btc_dominance_pct=read.btc_dominance_pct,
        total_market_cap_usd=read.total_market_cap_usd,
        market_cap_change_24h_pct=read.market_cap_change_24h_pct,
        updated_at=read.updated_at,
    )
    (told,) = published(core().handle(seen, NOON), MarketOverview)
    assert (told.btc_dominance_pct, told.total_market_cap_usd, told.market_cap_change_24h_pct) == (57.5, 3.5e12, -1.25)
    assert told.updated_at.timestamp() == 1_790_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"data": None},
        answer(market_cap_percentage={}),
        answer(market_cap_percentage={"btc": 101.0}),
        answer(total_market_cap={"usd": 0}),
        answer(updated_at="soon"),
        answer(market_cap_change_percentage_24h_usd=None),
    ],
)
def test_what_is_no_overview_is_not_taken_for_one(wrong: object) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        overview_of(wrong)
