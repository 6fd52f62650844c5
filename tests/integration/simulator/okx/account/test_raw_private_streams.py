"""The private WebSocket as it is on the wire, where a client library hides it."""

from typing import Any

import pytest
from tests.integration.simulator.okx.account.conftest import SWAP, SignedVenue, order
from tests.integration.simulator.okx.conftest import RawSocket, RawVenue


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"apiKey": ""}, "60001"),
        ({"apiKey": "nobody"}, "60005"),
        ({"passphrase": "other"}, "60024"),
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": "1600000000"}, "60006"),
        ({"sign": "AAAA"}, "60007"),
    ],
)
async def test_a_login_that_proves_nothing_is_refused(
    changed: dict[str, str], code: str, signed: SignedVenue, raw: RawVenue
) -> None:
    socket = await raw.open("private")
    await socket.ask("login", signed.login_arg(**changed))
    answer = await socket.read()
    assert (answer["event"], answer["code"]) == ("error", code)
    await socket.ask("subscribe", {"channel": "account"})
    assert (await socket.read())["code"] == "60011"
    await socket.socket.close()


async def test_an_order_is_told_of_as_live_then_filled_with_its_executions(
    signed: SignedVenue, private: RawSocket
) -> None:
    await private.ask("subscribe", {"channel": "orders", "instType": "SWAP"})
    assert (await private.read())["event"] == "subscribe"
    await signed.post("trade/order", await order(signed, clOrdId="told1"))
    rows: list[Any] = []
    while not rows or rows[-1]["state"] not in {"filled", "canceled"}:
        rows += (await private.read_data())["data"]
    assert [rows[0]["state"], rows[-1]["state"]] == ["live", "filled"]
    assert (rows[0]["tradeId"], rows[0]["fillSz"]) == ("", "0")
    executions = [row for row in rows if row["tradeId"]]
    assert sum(float(row["fillSz"]) for row in executions) == 2
    assert float(rows[-1]["fee"]) == pytest.approx(sum(float(row["fillFee"]) for row in executions))


async def test_the_account_is_shown_whole_and_then_by_what_changes(signed: SignedVenue, private: RawSocket) -> None:
    await private.ask("subscribe", {"channel": "account"}, {"channel": "balance_and_position"})
    whole = await private.read_data()
    assert (whole["eventType"], whole["data"][0]["details"][0]["cashBal"]) == ("snapshot", "100000")
    assert (await private.read_data())["data"][0]["eventType"] == "snapshot"
    await signed.post("trade/order", await order(signed))
    told: dict[str, Any] = {}
    while {"account", "balData", "posData"} - set(told):
        message = await private.read_data()
        if message["arg"]["channel"] == "account":
            told["account"] = message["data"][0]["details"]
        else:
            told |= {kind: rows for kind in ("balData", "posData") if (rows := message["data"][0][kind])}
    assert [row["ccy"] for row in told["account"]] == ["USDT"]
    assert told["posData"][0]["pos"] == "2"


async def test_a_channel_for_large_customers_is_refused(private: RawSocket) -> None:
    await private.ask("subscribe", {"channel": "fills"})
    assert (await private.read())["code"] == "64003"


async def test_orders_over_the_socket_are_answered_under_their_ids(signed: SignedVenue, private: RawSocket) -> None:
    wanted = await order(signed, clOrdId="sock1")
    await private.ask("order", wanted, id="7")
    answer = await private.read()
    assert (answer["id"], answer["op"], answer["code"], answer["data"][0]["sCode"]) == ("7", "order", "0", "0")
    await private.ask("order", wanted, id="8", expTime="1600000000000")
    assert (await private.read())["code"] == "50036"
    await private.ask("cancel-order", {"instId": SWAP, "clOrdId": "sock1"}, id="9")
    answer = await private.read()
    assert (answer["id"], answer["code"], answer["data"][0]["sCode"]) == ("9", "1", "51402")


async def test_rest_and_the_socket_share_one_limit_of_orders(signed: SignedVenue, private: RawSocket) -> None:
    bad = {"instId": SWAP}
    codes = set()
    for _ in range(31):
        await private.ask("order", bad, id="1")
        codes.add((await private.read())["code"])
        codes.add((await signed.post("trade/order", bad))[1]["code"])
    assert codes == {"1", "50011"}
