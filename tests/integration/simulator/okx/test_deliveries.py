"""A dated future's life on OKX's protocol: listed, delivered, gone."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from tests.integration.simulator.okx.conftest import MovableClock, OkxSimulator, RawVenue

from poise_simulator.domain.dated.terms import DatedTerms

EXPIRES_AFTER_S, SHOWN_S = 20, 10
SOON = "BTC-USDT-260921"


@pytest.fixture
async def raw(clock: MovableClock) -> AsyncIterator[RawVenue]:
    """A venue whose first future expires in twenty seconds."""
    terms = DatedTerms(first_expiry_s=EXPIRES_AFTER_S, delivery_window_s=10, shown_after_delivery_s=SHOWN_S)
    async with OkxSimulator(clock, dated=terms) as simulator, aiohttp.ClientSession() as session:
        yield RawVenue(session, simulator)


async def test_a_future_is_delivered_at_the_index_and_told_to_be_suspended(raw: RawVenue, clock: MovableClock) -> None:
    opened = await raw.open("public")
    await opened.ask("subscribe", {"channel": "instruments", "instType": "FUTURES"})
    listed = {row["instId"]: row["state"] for row in (await opened.read_data())["data"]}
    assert listed[SOON] == "live"
    query = {"instType": "FUTURES", "instFamily": "BTC-USDT"}
    assert (await raw.get("public/delivery-exercise-history", **query))[1]["data"] == []

    clock.added_ms += EXPIRES_AFTER_S * 1_000
    states: dict[str, str] = {}
    while SOON not in states:
        states |= {row["instId"]: row["state"] for row in (await opened.read_data())["data"]}
    assert states[SOON] == "suspend"

    (delivery,) = (await raw.get("public/delivery-exercise-history", **query))[1]["data"]
    (detail,) = delivery["details"]
    (index,) = (await raw.get("market/index-tickers", instId="BTC-USDT"))[1]["data"]
    assert (detail["insId"], detail["type"]) == (SOON, "delivery")
    assert float(detail["px"]) == pytest.approx(float(index["idxPx"]), rel=0.01)


async def test_a_delivered_future_is_no_longer_listed_after_a_while(raw: RawVenue, clock: MovableClock) -> None:
    clock.added_ms += (EXPIRES_AFTER_S + SHOWN_S) * 1_000
    _, body = await raw.get("public/instruments", instType="FUTURES")
    assert body["data"]
    assert SOON not in {row["instId"] for row in body["data"]}
