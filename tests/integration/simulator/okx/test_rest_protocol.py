"""OKX's REST to the letter: envelopes, refusals, limits, maintenance, and faults."""

from typing import Any

import aiohttp
import pytest
from tests.integration.simulator.okx.conftest import OkxSimulator, RawVenue

from poise_simulator.faults.kinds import parse_fault
from poise_simulator.faults.plan import Aim
from poise_simulator.faults.targets import Target

BOOK = {"instId": "BTC-USDT"}


async def test_every_answer_has_the_envelope(raw: RawVenue) -> None:
    status, body = await raw.get("public/time")
    assert status == 200
    assert (body["code"], body["msg"]) == ("0", "")
    assert int(body["data"][0]["ts"]) > 0


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("no/such", {}, 404, "404"),
        ("public/instruments", {}, 400, "50014"),
        ("public/instruments", {"instType": "COINS"}, 400, "51000"),
        ("market/books", {"instId": "NO-SUCH"}, 200, "51001"),
        ("market/books", {"instId": "BTC-USDT", "sz": "401"}, 400, "51000"),
        ("market/candles", {"instId": "BTC-USDT", "bar": "7m"}, 400, "51000"),
        ("market/candles", {"instId": "BTC-USDT", "limit": "301"}, 400, "51000"),
        ("public/funding-rate", {"instId": "BTC-USDT"}, 400, "51000"),
        ("market/index-tickers", {}, 400, "50014"),
        ("public/position-tiers", {"instType": "SWAP", "tdMode": "cross"}, 400, "50015"),
        ("account/balance", {}, 401, "50103"),
    ],
)
async def test_a_request_that_cannot_be_is_refused_by_its_code(
    raw: RawVenue, path: str, query: dict[str, str], status: int, code: str
) -> None:
    got, body = await raw.get(path, **query)
    assert (got, body["code"], body["data"]) == (status, code, [])


@pytest.mark.parametrize("inst_type", ["OPTION", "MARGIN"])
async def test_nothing_is_listed_of_the_other_types(raw: RawVenue, inst_type: str) -> None:
    assert (await raw.get("public/instruments", instType=inst_type))[1]["data"] == []


async def test_a_dated_future_tells_when_it_expires_and_what_it_would_be_delivered_at(raw: RawVenue) -> None:
    _, body = await raw.get("public/instruments", instType="FUTURES", instFamily="BTC-USDT")
    expiries = [int(row["expTime"]) for row in body["data"]]
    assert expiries == sorted(expiries)
    assert all(row["instId"].startswith("BTC-USDT-") and row["ctVal"] == "0.01" for row in body["data"])
    _, estimate = await raw.get("public/estimated-price", instId=body["data"][0]["instId"])
    _, index = await raw.get("market/index-tickers", instId="BTC-USDT")
    assert float(estimate["data"][0]["settlePx"]) == pytest.approx(float(index["data"][0]["idxPx"]), rel=0.02)


async def test_numbers_are_texts_without_trailing_zeros(raw: RawVenue) -> None:
    _, body = await raw.get("market/books", instId="BTC-USDT", sz=50)
    rows = body["data"][0]["bids"] + body["data"][0]["asks"]
    assert all(isinstance(value, str) for row in rows for value in row)
    assert not any("." in value and value.endswith(("0", ".")) for row in rows for value in row[:2])


async def test_requests_beyond_an_endpoints_limit_get_429(raw: RawVenue) -> None:
    # Ten are allowed every two seconds, so of 31 at once some are too many whatever window they begin in.
    answers = [await raw.get("public/time") for _ in range(31)]
    refused = [body for status, body in answers if status == 429]
    assert refused
    assert {body["code"] for body in refused} == {"50011"}
    assert (await raw.get("market/ticker", instId="BTC-USDT"))[0] == 200


async def test_in_maintenance_nothing_but_the_status_is_answered(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.open("public")
    simulator.venue.exchange.set_maintenance(on=True)
    status, body = await raw.get("market/books", **BOOK)
    assert (status, body["code"]) == (503, "50001")
    assert (await raw.get("system/status"))[0] == 200
    assert (await opened.socket.receive(timeout=10)).type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await raw.open("public")
    simulator.venue.exchange.set_maintenance(on=False)
    assert (await raw.get("market/books", **BOOK))[0] == 200


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("http_500", 500, "50026"),
        ("http_503_unknown", 400, "50004"),
        ("too_many_requests", 429, "50011"),
        ("timestamp_refused", 401, "50102"),
        ("reject", 200, "51008"),
    ],
)
async def test_faults_speak_in_the_venues_codes(
    raw: RawVenue, simulator: OkxSimulator, kind: str, status: int, code: str
) -> None:
    simulator.faults.set_fault(parse_fault(kind, {}), Aim(Target.ANY_REST, strikes_max=1))
    got, body = await raw.get("market/books", **BOOK)
    assert (got, body["code"]) == (status, code)
    assert (await raw.get("market/books", **BOOK))[0] == 200
    assert len(simulator.faults.log) == 1


@pytest.mark.parametrize("kind", ["drop_before", "accept_then_drop", "truncate"])
async def test_faults_drop_connections(raw: RawVenue, simulator: OkxSimulator, kind: str) -> None:
    # Of any number: the client asks again where a kept connection was dropped.
    simulator.faults.set_fault(parse_fault(kind, {}), Aim(Target.ANY_REST))
    with pytest.raises(aiohttp.ClientError):
        await raw.get("market/books", **BOOK)
    assert {strike.took_effect for strike in simulator.faults.log} == {kind != "drop_before"}
    assert {strike.occasion.symbol for strike in simulator.faults.log} == {"BTCUSDT"}


async def test_pages_that_are_no_answers_come_with_200(raw: RawVenue, simulator: OkxSimulator) -> None:
    simulator.faults.set_fault(parse_fault("html_200", {}), Aim(Target.ANY_REST, strikes_max=1))
    with pytest.raises(aiohttp.ContentTypeError):
        await raw.get("market/books", **BOOK)


async def test_a_market_socket_is_dropped_in_a_messages_place(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.open("public")
    await opened.ask("subscribe", {"channel": "books", "instId": "BTC-USDT"})
    await opened.read_data()
    simulator.faults.set_fault(parse_fault("drop_socket", {}), Aim(Target.MARKET_STREAM, strikes_max=1))
    message: Any = None
    while message is None or message.type is aiohttp.WSMsgType.TEXT:
        message = await opened.socket.receive(timeout=10)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR}
