"""Scenarios over HTTP: listed, started, seen in the venue's own answers, ended."""

import asyncio
from typing import Any

import aiohttp
import pytest

BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.100"}


async def running(control: Any) -> dict[str, Any]:
    _, answer = await control.send("GET", "scenarios")
    return {one["name"]: one for one in answer["running"]}


async def test_presets_are_listed_with_what_they_do_and_which_run(control: Any) -> None:
    _, answer = await control.send("GET", "scenarios")
    assert {one["name"] for one in answer["presets"]} == {
        "correlated-crash",
        "single-asset-anomaly",
        "liquidity-crisis",
        "funding-flip",
        "stablecoin-depeg",
        "venue-outage",
    }
    assert all(one["summary"] and one["duration_s"] > 0 for one in answer["presets"])
    assert answer["running"] == []
    status, started = await control.send("POST", "scenarios/funding-flip", {"asset": "ETH", "duration_s": 2.5})
    assert status == 200
    assert (started["name"], started["asset"], started["duration_s"]) == ("funding-flip", "ETH", 2.5)
    assert await running(control) == {"funding-flip": started}


async def test_a_scenario_needs_no_body_and_is_seen_in_the_books(control: Any, raw: Any, clock: Any) -> None:
    _, before, _ = await raw.get("/api/v3/ticker/bookTicker", symbol="ETHUSDT")
    status, _ = await control.send("POST", "scenarios/correlated-crash")
    assert status == 200
    clock.added_ms += 60_000
    _, after, _ = await raw.get("/api/v3/ticker/bookTicker", symbol="ETHUSDT")
    assert float(after["bidPrice"]) / float(before["bidPrice"]) == pytest.approx(0.6, rel=0.05)
    assert (await control.send("DELETE", "scenarios/correlated-crash"))[0] == 200
    clock.added_ms += 15_000
    assert await running(control) == {}


async def test_an_outage_strikes_behind_an_entry_drops_every_socket_and_passes(
    control: Any, raw: Any, sockets: Any, clock: Any
) -> None:
    stream = await sockets.open("/spot/ws/btcusdt@bookTicker")
    await control.send("POST", "scenarios/venue-outage", {"duration_s": 20})
    assert (await running(control))["venue-outage"]["began_ms"] is None
    status, _, _ = await raw.signed("POST", "/api/v3/order", **BUY)
    assert status == 200
    status, body, _ = await raw.signed("POST", "/fapi/v1/order", **{**BUY, "side": "SELL"})
    assert (status, body["code"]) == (503, -1016)
    async with asyncio.timeout(5):
        while (await stream.receive()).type not in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
            pass
    with pytest.raises(Exception, match="503"):
        await sockets.open("/spot/ws/btcusdt@depth")
    clock.added_ms += 21_000
    assert await running(control) == {}
    assert (await raw.signed("POST", "/fapi/v1/order", **{**BUY, "side": "SELL"}))[0] == 200
    assert (await control.ledger())["liquidations"] == 0


async def test_a_liquidation_is_counted_in_the_ledger(control: Any, raw: Any) -> None:
    await raw.signed("POST", "/fapi/v1/order", **BUY)
    await control.act("liquidate", symbol="BTCUSDT")
    assert (await control.ledger())["liquidations"] == 1


@pytest.mark.parametrize(
    ("verb", "name", "body", "status", "told"),
    [
        ("POST", "plague", {}, 404, "venue-outage"),
        ("DELETE", "venue-outage", None, 404, "none"),
        ("POST", "correlated-crash", {"duration_s": 0}, 400, "duration_s"),
        ("POST", "correlated-crash", {"depth": 3}, 400, "depth"),
        ("POST", "single-asset-anomaly", {"asset": "GOLD"}, 400, "SOL"),
    ],
)
async def test_what_cannot_be_says_what_could(
    control: Any, *, verb: str, name: str, body: Any, status: int, told: str
) -> None:
    answered, answer = await control.send(verb, f"scenarios/{name}", body)
    assert answered == status
    assert told in answer["error"]
    assert await running(control) == {}
