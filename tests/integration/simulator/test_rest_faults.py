"""What a client sees of every REST fault, and what the venue made of the request."""

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.kinds import KINDS
from poise_simulator.faults.targets import Target

SPOT, FUTURES = "/api/v3/order", "/fapi/v1/order"
PATHS = (SPOT, FUTURES)


class Trader:
    """A client that places orders which would fill at once, each under a client id of its own."""

    def __init__(self, raw: Any, simulator: Simulator) -> None:
        self._raw = raw
        self._exchange = simulator.venue.exchange
        self.client_id = ""
        self._placed = 0

    async def place(self, path: str, quantity: str = "0.010") -> tuple[int, Any, dict[str, str]]:
        """Place an IOC buy through the best ask; returns (status, body, headers)."""
        self._placed += 1
        self.client_id = f"order{self._placed}"
        market = Market.SPOT if path == SPOT else Market.FUTURES
        price = self._exchange.book(market, "BTCUSDT", 1).asks[0][0] + 20
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC", "quantity": quantity}
        answer: tuple[int, Any, dict[str, str]] = await self._raw.signed(
            "POST", path, **order, price=price, newClientOrderId=self.client_id, newOrderRespType="RESULT"
        )
        return answer

    async def look_up(self, path: str) -> tuple[int, Any]:
        """Query the last order."""
        # A market that runs after a clock moved far may take longer than the usual window.
        wanted = {"symbol": "BTCUSDT", "origClientOrderId": self.client_id, "recvWindow": 60_000}
        status, body, _ = await self._raw.signed("GET", path, **wanted)
        return status, body


@pytest.fixture
def trader(raw: Any, simulator: Simulator) -> Trader:
    return Trader(raw, simulator)


async def was_taken(control: Any, trader: Trader) -> bool:
    ledger = await control.ledger()
    count = ledger["orders_by_client_order_id"].get(trader.client_id, 0)
    assert count <= 1
    (strike,) = await control.strikes()
    assert strike["client_order_id"] == trader.client_id
    assert strike["took_effect"] is bool(count)
    return bool(count)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("kind", "parameters", "takes_effect"),
    [
        ("accept_then_drop", {}, True),
        ("truncate", {}, True),
        ("drop_before", {}, False),
        ("hang", {"effect": True}, True),
        ("hang", {"effect": False}, False),
    ],
)
async def test_an_order_without_a_whole_answer_did_or_did_not_take_effect(
    control: Any, trader: Trader, path: str, kind: str, parameters: dict[str, bool], *, takes_effect: bool
) -> None:
    await control.set_fault(kind, count=1, parameters=parameters)
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        async with asyncio.timeout(0.4):
            await trader.place(path)
    assert await was_taken(control, trader) is takes_effect
    status, _, _ = await trader.place(path)
    assert status == 200


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize(
    ("kind", "answered"),
    [
        ("http_500", (500, b'"code": -1000')),
        ("http_502_html", (502, b"<html>")),
        ("http_503_unknown", (503, b"Unknown error, please check your request or try again later.")),
        ("html_200", (200, b"<html>")),
        ("garbage_200", (200, b"\x80\x81")),
        ("empty_200", (200, b"")),
    ],
)
async def test_an_answer_that_says_nothing_hides_whether_the_order_took_effect(
    control: Any, raw: Any, trader: Trader, kind: str, answered: tuple[int, bytes], *, effect: bool
) -> None:
    await control.set_fault(kind, count=1, parameters={"effect": effect})
    with suppress(ValueError):
        await trader.place(FUTURES)
    (expected, content), (status, body) = answered, raw.last
    assert status == expected
    assert content in body
    assert bool(content) is bool(body)
    assert await was_taken(control, trader) is effect


@pytest.mark.parametrize(("path", "code"), [(SPOT, -2010), (FUTURES, -2019)])
async def test_a_sound_order_is_refused_with_a_listed_code(control: Any, trader: Trader, path: str, code: int) -> None:
    await control.set_fault("reject", count=1)
    status, body, _ = await trader.place(path)
    assert (status, body["code"]) == (400, code)
    assert not await was_taken(control, trader)
    await control.set_fault("reject", count=1, parameters={"code": -1013, "message": "Market is closed."})
    _, body, _ = await trader.place(path)
    assert body == {"code": -1013, "msg": "Market is closed."}


async def test_requests_are_refused_for_their_number_or_their_clock(control: Any, trader: Trader) -> None:
    await control.set_fault("too_many_requests", target="order_entry", count=1, parameters={"retry_after_s": 7})
    status, body, headers = await trader.place(FUTURES)
    assert (status, body["code"], headers["Retry-After"]) == (429, -1003, "7")
    assert not await was_taken(control, trader)
    await control.set_fault("timestamp_refused", count=1)
    status, body, _ = await trader.place(FUTURES)
    assert (status, body["code"]) == (400, -1021)


@pytest.mark.parametrize("path", PATHS)
async def test_the_answer_tells_of_another_order(control: Any, trader: Trader, path: str) -> None:
    await control.set_fault("wrong_order_in_answer", count=1)
    _, body, _ = await trader.place(path)
    assert body["clientOrderId"] != trader.client_id
    assert await was_taken(control, trader)
    _, found = await trader.look_up(path)
    assert found["orderId"] != body["orderId"]


@pytest.mark.parametrize("path", PATHS)
async def test_an_order_fills_in_part(control: Any, trader: Trader, path: str) -> None:
    await control.set_fault("partial", parameters={"fraction": "0.3"})
    _, body, _ = await trader.place(path)
    assert body["status"] == "EXPIRED"
    assert float(body["executedQty"]) == pytest.approx(0.003)


@pytest.mark.parametrize("path", PATHS)
async def test_an_order_fills_after_its_answer(control: Any, clock: Any, trader: Trader, path: str) -> None:
    await control.set_fault("slow_fill", parameters={"delay_ms": 10_000})
    _, body, _ = await trader.place(path)
    assert (body["status"], float(body["executedQty"])) == ("NEW", 0)
    clock.added_ms += 11_000
    _, done = await trader.look_up(path)
    assert done["status"] in {"FILLED", "EXPIRED"}


@pytest.mark.parametrize("path", PATHS)
async def test_a_late_venue_does_not_know_an_order_that_exists(
    control: Any, raw: Any, clock: Any, trader: Trader, path: str
) -> None:
    _, before, _ = await raw.signed("GET", "/api/v3/account")
    await trader.place(path)
    await control.set_fault("stale_queries", parameters={"lag_ms": 10_000})
    status, body = await trader.look_up(path)
    assert (status, body["code"]) == (400, -2013)
    trades = "/api/v3/myTrades" if path == SPOT else "/fapi/v1/userTrades"
    for listing in (trades, path.replace("order", "allOrders"), path.replace("order", "openOrders")):
        assert (await raw.signed("GET", listing, symbol="BTCUSDT"))[1] == []
    _, shown, _ = await raw.signed("GET", "/api/v3/account")
    assert shown["balances"][0] == before["balances"][0]
    clock.added_ms += 11_000
    status, body = await trader.look_up(path)
    assert (status, body["status"]) == (200, "FILLED")
    assert (await raw.signed("GET", trades, symbol="BTCUSDT"))[1]


async def test_an_order_delayed_beyond_its_receive_window_is_refused(control: Any, raw: Any) -> None:
    await control.set_fault("delay", count=1, parameters={"when": "before", "ms": 300})
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    status, body, _ = await raw.signed("POST", FUTURES, **order, recvWindow=200)
    assert (status, body["code"]) == (400, -1021)
    (strike,) = await control.strikes()
    assert strike["took_effect"] is False
    await control.set_fault("delay", count=1, parameters={"when": "after", "ms": 300})
    status, _, _ = await raw.signed("POST", FUTURES, **order, recvWindow=200)
    assert status == 200


@pytest.mark.parametrize("path", PATHS)
async def test_the_receive_window_is_the_fence_for_orders_sent_late(
    raw: Any, simulator: Simulator, control: Any, path: str
) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    old = simulator.venue.now_ms - 2_500
    status, body, _ = await raw.signed("POST", path, **order, timestamp=old, recvWindow=2_000)
    assert (status, body["code"]) == (400, -1021)
    assert (await control.ledger())["venue_orders"] == 0
    status, _, _ = await raw.signed("POST", path, **order, timestamp=old, recvWindow=10_000)
    assert status == 200


async def test_faults_strike_what_they_are_aimed_at_and_nothing_after_healing(control: Any, trader: Trader) -> None:
    fault_id = await control.set_fault("http_500", market="spot", symbol="BTCUSDT", parameters={"effect": False})
    assert (await trader.place(FUTURES))[0] == 200
    assert (await trader.place(SPOT))[0] == 500
    _, listed = await control.send("GET", "faults")
    (row,) = listed["faults"]
    assert (row["fault_id"], row["struck"], row["target"]) == (fault_id, 1, "order_entry")
    assert await control.send("DELETE", f"faults/{fault_id}") == (200, {})
    assert (await trader.place(SPOT))[0] == 200
    status, body = await control.send("DELETE", f"faults/{fault_id}")
    assert status == 404
    assert str(fault_id) in body["error"]


async def test_a_seed_over_the_api_strikes_until_it_is_healed(control: Any, trader: Trader) -> None:
    kinds = ["http_500", "html_200"]
    assert (await control.send("POST", "faults/seed", {"seed": 4, "rate": 1, "kinds": ["http_500"]}))[0] == 200
    assert (await trader.place(SPOT))[0] == 500
    _, listed = await control.send("GET", "faults")
    assert (listed["seeded"]["seed"], listed["seeded"]["struck"]) == (4, 1)
    await control.send("DELETE", "faults")
    assert (await trader.place(SPOT))[0] == 200
    status, body = await control.send("POST", "faults/seed", {"seed": 4, "rate": 1, "kinds": [*kinds, "quake"]})
    assert status == 400
    assert "'quake' is none; kinds are accept_then_drop" in body["error"]


async def test_the_log_says_of_every_order_what_the_ledger_says(control: Any, raw: Any, trader: Trader) -> None:
    quick = sorted(set(KINDS) - {"hang", "delay"})
    kinds = [kind for kind in quick if Target.ORDER_ENTRY in KINDS[kind].targets]
    status, _ = await control.send("POST", "faults/seed", {"seed": 11, "rate": 0.5, "kinds": kinds})
    assert status == 200
    sent = {}
    for number in range(200):
        raw.last = (0, b"")
        with suppress(aiohttp.ClientError, ValueError):
            await trader.place(PATHS[number % 2], "0.001")
        sent[trader.client_id] = raw.last[0]
    strikes = {strike["client_order_id"]: strike for strike in await control.strikes()}
    assert {strike["kind"] for strike in strikes.values()} == {*kinds}
    taken = (await control.ledger())["orders_by_client_order_id"]
    for client_id, status in sent.items():
        if client_id in strikes:
            assert taken.get(client_id, 0) == int(strikes[client_id]["took_effect"])
        else:
            assert (taken.get(client_id, 0), status) == (1, 200)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"kind": "quake"}, "'accept_then_drop'"),
        ({"kind": "delay", "parameters": {"ms": 0}}, "ms"),
        ({"kind": "delay", "probability": 2}, "probability"),
        ({"kind": "delay", "target": "weather"}, "target"),
        ({"kind": "partial", "target": "cancel"}, "it strikes any_rest, order_entry"),
        ({"kind": "delay", "account": "nobody"}, "accounts are paper"),
        ({"kind": "delay", "symbol": "XYZ"}, "symbols look like BTCUSDT"),
        ({"kind": "delay", "count": 0}, "count"),
        ({"kind": "delay", "often": True}, "often"),
    ],
)
async def test_a_fault_that_cannot_be_set_is_refused_by_name(control: Any, body: object, named: str) -> None:
    status, answer = await control.send("POST", "faults", body)
    assert status == 400
    assert named in answer["error"]
