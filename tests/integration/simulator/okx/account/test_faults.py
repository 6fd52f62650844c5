"""Faults of order entry, questions and streams, on OKX's protocol."""

import asyncio
from typing import Any

import aiohttp
import pytest
from tests.integration.simulator.okx.account.conftest import SignedVenue
from tests.integration.simulator.okx.conftest import OkxSimulator, RawSocket, RawVenue

SWAP = "BTC-USDT-SWAP"
BUY = {"instId": SWAP, "tdMode": "cross", "side": "buy", "sz": "2"}


async def ioc(signed: SignedVenue, client_id: str) -> dict[str, str]:
    """An order that takes what it finds."""
    _, body = await signed.get("market/books", instId=SWAP, sz=1)
    ask = body["data"][0]["asks"][0][0]
    return {**BUY, "ordType": "ioc", "px": str(float(ask) + 50), "clOrdId": client_id}


async def struck(signed: SignedVenue) -> list[Any]:
    """What has been struck, as (kind, took effect)."""
    return [(row["kind"], row["took_effect"]) for row in (await signed.control("faults/log"))["strikes"]]


@pytest.mark.parametrize("kind", ["accept_then_drop", "truncate", "drop_before"])
async def test_an_answer_that_is_lost_says_nothing_and_the_order_is_there_or_not(
    kind: str, signed: SignedVenue, simulator: OkxSimulator
) -> None:
    wanted = await ioc(signed, "lost")
    await signed.control("faults", {"kind": kind, "count": 1})
    with pytest.raises((aiohttp.ClientError, ValueError)):
        await signed.post("trade/order", wanted)
    is_there = kind != "drop_before"
    assert await struck(signed) == [(kind, is_there)]
    counted = simulator.venue.exchange.ledger_count("paper").orders_by_client_order_id
    assert dict(counted) == ({"lost": 1} if is_there else {})


async def test_a_refusal_out_of_nowhere_stands_in_the_row(signed: SignedVenue, simulator: OkxSimulator) -> None:
    wanted = await ioc(signed, "no1")
    await signed.control("faults", {"kind": "reject", "count": 1})
    status, body = await signed.post("trade/order", wanted)
    assert (status, body["code"], body["data"][0]["sCode"], body["data"][0]["clOrdId"]) == (200, "1", "51008", "no1")
    assert simulator.venue.exchange.ledger_count("paper").orders == 0


async def test_a_fill_in_part_is_cancelled_for_the_rest(signed: SignedVenue) -> None:
    wanted = await ioc(signed, "half")
    await signed.control("faults", {"kind": "partial", "count": 1, "parameters": {"fraction": "0.5"}})
    await signed.post("trade/order", wanted)
    _, found = await signed.get("trade/order", instId=SWAP, clOrdId="half")
    assert (found["data"][0]["state"], found["data"][0]["accFillSz"]) == ("canceled", "1")


async def test_an_answer_may_tell_of_another_order(signed: SignedVenue) -> None:
    wanted = await ioc(signed, "mine")
    await signed.control("faults", {"kind": "wrong_order_in_answer", "count": 1})
    _, body = await signed.post("trade/order", wanted)
    assert body["data"][0]["clOrdId"] != "mine"
    _, found = await signed.get("trade/order", instId=SWAP, clOrdId="mine")
    assert found["data"][0]["ordId"] != body["data"][0]["ordId"]


async def test_questions_may_be_answered_late(signed: SignedVenue) -> None:
    await signed.control("faults", {"kind": "stale_queries", "target": "any_rest", "parameters": {"lag_ms": 60_000}})
    await signed.post("trade/order", await ioc(signed, "new1"))
    _, found = await signed.get("trade/order", instId=SWAP, clOrdId="new1")
    assert found["code"] == "51603"
    _, account = await signed.get("account/balance")
    assert account["data"][0]["details"][0]["cashBal"] == "100000"


@pytest.mark.parametrize(("kind", "copies"), [("duplicate_events", 2), ("drop_events", 0)])
async def test_an_event_comes_twice_or_never(kind: str, copies: int, signed: SignedVenue, private: RawSocket) -> None:
    await private.ask("subscribe", {"channel": "orders", "instType": "SWAP"})
    await private.read()
    wanted = {**BUY, "ordType": "limit", "px": (await ioc(signed, "x"))["px"]}
    await signed.control("faults", {"kind": kind, "count": 1})
    struck_order = (await signed.post("trade/order", {**wanted, "clOrdId": "first", "px": "1"}))[1]
    assert struck_order["data"][0]["sCode"] == "51006"
    far = str(round(float(wanted["px"]) * 0.97, 1))
    await signed.post("trade/order", {**wanted, "clOrdId": "first", "px": far})
    await signed.post("trade/order", {**wanted, "clOrdId": "second", "px": far})
    seen: list[str] = []
    while "second" not in seen:
        seen += [row["clOrdId"] for row in (await private.read_data())["data"]]
    assert seen.count("first") == copies


async def test_a_dropped_private_socket_leaves_public_ones_open(
    signed: SignedVenue, private: RawSocket, raw: RawVenue
) -> None:
    public = await raw.open("public")
    await private.ask("subscribe", {"channel": "orders", "instType": "ANY"})
    await private.read()
    await signed.control("actions/disconnect", {"streams": "user"})
    message = await asyncio.wait_for(private.socket.receive(), 10)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.ERROR}
    await public.socket.send_str("ping")
    assert await public.socket.receive_str(timeout=10) == "pong"
    await public.socket.close()


async def test_what_the_owner_does_by_hand_and_the_venue_forces_has_no_client_id(
    signed: SignedVenue, private: RawSocket
) -> None:
    await private.ask("subscribe", {"channel": "orders", "instType": "ANY"})
    await private.read()
    trade = {"market": "futures", "symbol": "BTCUSDT", "side": "sell", "quantity": "0.05"}
    await signed.control("actions/foreign_trade", trade)
    await signed.control("actions/liquidate", {"symbol": "BTCUSDT"})
    categories: list[str] = []
    while "full_liquidation" not in categories:
        for row in (await private.read_data())["data"]:
            categories.append(row["category"])
            assert row["clOrdId"] == ""
    _, bills = await signed.get("account/bills", type="5")
    assert {bill["instId"] for bill in bills["data"]} == {SWAP}
