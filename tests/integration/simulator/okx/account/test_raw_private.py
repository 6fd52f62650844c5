"""Private REST as it is on the wire, where a client library hides it."""

import pytest
from tests.integration.simulator.okx.account.conftest import SPOT, SWAP, SignedVenue, order, touch
from tests.integration.simulator.okx.conftest import OkxSimulator


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"OK-ACCESS-KEY": ""}, 401, "50103"),
        ({"OK-ACCESS-PASSPHRASE": ""}, 401, "50104"),
        ({"OK-ACCESS-PASSPHRASE": "other"}, 401, "50105"),
        ({"OK-ACCESS-SIGN": ""}, 401, "50106"),
        ({"OK-ACCESS-TIMESTAMP": ""}, 401, "50107"),
        ({"OK-ACCESS-KEY": "nobody"}, 401, "50111"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, 401, "50112"),
        ({"OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z"}, 401, "50102"),
        ({"OK-ACCESS-SIGN": "AAAA"}, 401, "50113"),
    ],
)
async def test_a_request_that_proves_nothing_is_refused(
    headers: dict[str, str], status: int, code: str, signed: SignedVenue
) -> None:
    got, body = await signed.send("GET", "account/balance", headers=headers)
    assert (got, body["code"], body["data"]) == (status, code, [])


async def test_a_key_that_only_reads_may_not_trade(signed: SignedVenue) -> None:
    status, body = await signed.send("POST", "trade/order", '{"instId":"BTC-USDT"}', key="paper-read")
    assert (status, body["code"]) == (401, "50120")
    _, body = await signed.send("GET", "account/config", key="paper-read")
    assert body["data"][0]["perm"] == "read_only"


async def test_an_order_answers_with_its_ids_and_is_found_by_either(signed: SignedVenue) -> None:
    _, body = await signed.post("trade/order", await order(signed, clOrdId="Both1", tag="desk"))
    [placed] = body["data"]
    assert (body["code"], placed["sCode"], placed["clOrdId"], placed["tag"]) == ("0", "0", "Both1", "desk")
    for reference in ({"ordId": placed["ordId"]}, {"clOrdId": "Both1"}):
        _, found = await signed.get("trade/order", instId=SWAP, **reference)
        [row] = found["data"]
        assert (row["ordId"], row["state"], row["accFillSz"], row["tag"]) == (placed["ordId"], "filled", "2", "desk")
        assert (row["instType"], row["tdMode"], row["posSide"], row["ordType"]) == ("SWAP", "cross", "net", "ioc")
        assert float(row["fee"]) < 0
    _, none = await signed.get("trade/order", instId=SWAP, clOrdId="both1")
    assert none["code"] == "51603"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"instId": "GOLD-USDT"}, "51001"),
        ({"sz": "0"}, "51000"),
        ({"sz": "0.001"}, "51020"),
        ({"sz": "2.0000001"}, "51121"),
        ({"px": "1"}, "51006"),
        ({"side": "hold"}, "51000"),
        ({"ordType": "iceberg"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"tdMode": "cash"}, "51000"),
        ({"clOrdId": "with-dash"}, "51000"),
        ({"clOrdId": "a" * 33}, "51000"),
        ({"reduceOnly": "true"}, "51169"),
        ({"sz": "10000", "ordType": "limit"}, "51008"),
    ],
)
async def test_a_refused_order_says_why_in_its_row(changed: dict[str, str], code: str, signed: SignedVenue) -> None:
    status, body = await signed.post("trade/order", await order(signed, **changed))
    assert (status, body["code"]) == (200, "1")
    [row] = body["data"]
    assert (row["sCode"], row["ordId"]) == (code, "")
    assert row["sMsg"]


async def test_a_batch_does_what_it_can_and_says_so(signed: SignedVenue) -> None:
    rows = [await order(signed, clOrdId="good"), await order(signed, clOrdId="bad", sz="0")]
    _, body = await signed.post("trade/batch-orders", rows)
    assert (body["code"], [row["sCode"] for row in body["data"]]) == ("2", ["0", "51000"])
    _, body = await signed.post("trade/batch-orders", [rows[1]] * 21)
    assert body["code"] == "51111"


async def test_cancelling_what_is_not_open_tells_what_became_of_it(signed: SignedVenue) -> None:
    _, body = await signed.post("trade/order", await order(signed))
    filled = body["data"][0]["ordId"]
    bid, _ = await touch(signed, SWAP)
    _, body = await signed.post("trade/order", await order(signed, ordType="limit", px=str(float(bid) - 100)))
    resting = body["data"][0]["ordId"]
    codes = []
    for order_id in (resting, resting, filled, "1"):
        _, body = await signed.post("trade/cancel-order", {"instId": SWAP, "ordId": order_id})
        codes.append(body["data"][0]["sCode"])
    assert codes == ["0", "51401", "51402", "51400"]
    _, body = await signed.post("trade/cancel-order", {"instId": SWAP})
    assert body["data"][0]["sCode"] == "51003"


async def test_an_order_that_comes_after_its_deadline_is_not_taken(
    signed: SignedVenue, simulator: OkxSimulator
) -> None:
    now_ms = simulator.venue.now_ms
    wanted = await order(signed, clOrdId="late1")
    _, body = await signed.post("trade/order", wanted, expTime=str(now_ms - 1))
    assert (body["code"], body["data"]) == ("50036", [])
    assert simulator.venue.exchange.ledger_count("paper").orders == 0
    _, body = await signed.post("trade/order", wanted, expTime=str(now_ms + 5_000))
    assert body["code"] == "0"


async def test_an_order_delayed_on_its_way_past_its_deadline_is_not_taken(
    signed: SignedVenue, simulator: OkxSimulator
) -> None:
    fault = {"kind": "delay", "count": 1, "parameters": {"ms": 300, "when": "before"}}
    wanted = await order(signed)
    assert "fault_id" in await signed.control("faults", fault)
    _, body = await signed.post("trade/order", wanted, expTime=str(simulator.venue.now_ms + 100))
    assert body["code"] == "50036"
    assert simulator.venue.exchange.ledger_count("paper").orders == 0


async def test_a_purchase_at_market_is_sized_in_quote_units_unless_it_says_otherwise(signed: SignedVenue) -> None:
    wanted = {"instId": SPOT, "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "500"}
    _, body = await signed.post("trade/order", wanted)
    _, found = await signed.get("trade/order", instId=SPOT, ordId=body["data"][0]["ordId"])
    [row] = found["data"]
    assert (row["tgtCcy"], row["sz"], row["state"]) == ("quote_ccy", "500", "filled")
    assert 495 < float(row["accFillSz"]) * float(row["avgPx"]) <= 500


async def test_fills_and_history_are_handed_out_newest_first_in_pages(signed: SignedVenue) -> None:
    for _ in range(3):
        await signed.post("trade/order", await order(signed, sz="1"))
    _, newest = await signed.get("trade/orders-history", instType="SWAP", limit=2)
    _, older = await signed.get("trade/orders-history", instType="SWAP", after=newest["data"][-1]["ordId"])
    ids = [int(row["ordId"]) for row in [*newest["data"], *older["data"]]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    _, fills = await signed.get("trade/fills", instId=SWAP)
    assert {int(row["ordId"]) for row in fills["data"]} == set(ids)
    _, later = await signed.get("trade/fills", instId=SWAP, before=fills["data"][-1]["billId"])
    assert [row["billId"] for row in later["data"]] == [row["billId"] for row in fills["data"][:-1]]


async def test_the_ledger_counts_orders_by_client_order_id(signed: SignedVenue) -> None:
    await signed.post("trade/order", await order(signed, clOrdId="counted"))
    [account] = (await signed.control("ledger"))["accounts"]
    assert account["orders_by_client_order_id"] == {"counted": 1}
    assert account["fills_by_client_order_id"]["counted"] >= 1


async def test_a_lost_answer_leaves_an_order_behind_that_is_found_by_its_client_id(signed: SignedVenue) -> None:
    wanted = await order(signed, clOrdId="lost1")
    assert "fault_id" in await signed.control("faults", {"kind": "http_500", "count": 1})
    status, body = await signed.post("trade/order", wanted)
    assert (status, body["code"]) == (500, "50026")
    _, found = await signed.get("trade/order", instId=SWAP, clOrdId="lost1")
    assert found["data"][0]["state"] == "filled"
    [strike] = (await signed.control("faults/log"))["strikes"]
    assert (strike["client_order_id"], strike["took_effect"], strike["target"]) == ("lost1", True, "order_entry")
