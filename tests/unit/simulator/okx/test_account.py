"""What OKX's private endpoints say of an account, worked by hand on a market that stands still."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.config import AccountConfig
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.exchange import Exchange
from poise_simulator.okx.catalogue import find_endpoint
from poise_simulator.okx.endpoint import PREFIX, Call, Outcome
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.gate import answer
from poise_simulator.okx.paging import newest_first
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey, KeyRing

SPOT, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
NAME = "alice"
KEY = ApiKey(NAME, NAME, NAME, passphrase=NAME)

Build = Callable[..., Exchange]


class Desk:
    """One account's requests, answered without a server."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.venue = OkxVenue(exchange, clock_ms=lambda: exchange.now_ms, keys=KeyRing([KEY]))

    def get(self, path: str, **parameters: str) -> Any:
        return self._ask("GET", path, [parameters])

    def post(self, path: str, *rows: dict[str, str]) -> Any:
        return self._ask("POST", path, list(rows))

    def trade(self, inst_id: str, side: str, size: str, **more: str) -> Any:
        """Send one order, at market unless it says otherwise, and return its row."""
        mode = "cash" if inst_id == SPOT else "cross"
        row = {"instId": inst_id, "tdMode": mode, "side": side, "ordType": "market", "sz": size, "tgtCcy": "base_ccy"}
        return self.post("trade/order", row | more)[0]

    def _ask(self, method: str, path: str, rows: list[dict[str, str]]) -> Any:
        call = Call(self.venue, [Parameters(row) for row in rows], "here", KEY)
        answered = answer(find_endpoint(method, PREFIX + path), call)
        return answered.rows if isinstance(answered, Outcome) else answered


@pytest.fixture
def desk(still_exchange: Build) -> Desk:
    return Desk(unified(still_exchange))


def unified(still_exchange: Build, **changes: object) -> Exchange:
    account = AccountConfig("alice", {"USDT": Decimal(10_000)}, Decimal(0), is_unified=True)
    return still_exchange(accounts=(account,), records_crossing_post_only=True, **changes)


def test_a_short_swap_takes_its_margin_out_of_the_one_balance(desk: Desk) -> None:
    # 100 contracts of 0.01 sold at 99, marked at 100, at 10x: fee 99 x 0.05 % = 0.0495, loss 1, margin 10.
    desk.post("account/set-leverage", {"instId": SWAP, "lever": "10", "mgnMode": "cross"})
    desk.trade(SWAP, "sell", "100")
    [account] = desk.get("account/balance")
    [usdt] = account["details"]
    names = ("cashBal", "upl", "eq", "imr", "availEq", "availBal", "frozenBal")
    assert {name: usdt[name] for name in names} == {
        "cashBal": "9999.9505",
        "upl": "-1",
        "eq": "9998.9505",
        "imr": "10",
        "availEq": "9988.9505",
        "availBal": "9988.9505",
        "frozenBal": "10",
    }
    assert account["totalEq"] == "9998.9505"
    [position] = desk.get("account/positions")
    shown = ("pos", "avgPx", "markPx", "upl", "uplRatio", "imr", "notionalUsd", "lever", "mgnMode", "posSide")
    assert {name: position[name] for name in shown} == {
        "pos": "-100",
        "avgPx": "99",
        "markPx": "100",
        "upl": "-1",
        "uplRatio": "-0.1",
        "imr": "10",
        "notionalUsd": "100",
        "lever": "10",
        "mgnMode": "cross",
        "posSide": "net",
    }


def test_what_a_spot_order_locks_is_frozen_and_what_it_buys_is_less_its_fee(desk: Desk) -> None:
    # 10 rest at 99.5 and lock 995; 1 bought at 101 brings 0.9995 after 0.05 %.
    desk.trade(SPOT, "buy", "10", ordType="limit", px="99.5")
    desk.trade(SPOT, "buy", "1")
    details = {row["ccy"]: row for row in desk.get("account/balance")[0]["details"]}
    usdt, btc = details["USDT"], details["BTC"]
    assert (usdt["cashBal"], usdt["availBal"], usdt["ordFrozen"], usdt["frozenBal"]) == ("9899", "8904", "995", "995")
    assert (btc["cashBal"], btc["availEq"]) == ("0.9995", "0.9995")


def test_a_resting_order_is_written_in_contracts_and_the_venues_words(desk: Desk) -> None:
    placed = desk.trade(SWAP, "buy", "50", ordType="post_only", px="99.5", clOrdId="abc", tag="t")
    [row] = desk.get("trade/orders-pending")
    names = (
        "ordId",
        "clOrdId",
        "instType",
        "sz",
        "px",
        "ordType",
        "state",
        "accFillSz",
        "avgPx",
        "fee",
        "feeCcy",
        "tag",
    )
    assert [row[name] for name in names] == [
        placed["ordId"], "abc", "SWAP", "50", "99.5", "post_only", "live", "0", "", "0", "USDT", "t",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "source"),
    [
        ({"ordType": "ioc", "px": "98"}, "14"),
        ({"ordType": "fok", "px": "98"}, "13"),
        ({"ordType": "post_only", "px": "102"}, "31"),
    ],
)
def test_an_order_that_the_venue_ends_itself_is_cancelled_with_the_reason(
    changed: dict[str, str], source: str, desk: Desk
) -> None:
    placed = desk.trade(SWAP, "buy", "50", **changed)
    [row] = desk.get("trade/order", instId=SWAP, ordId=placed["ordId"])
    assert (placed["sCode"], row["state"], row["accFillSz"], row["cancelSource"]) == ("0", "canceled", "0", source)


def test_a_client_order_id_is_one_open_order_s_in_all_instruments_and_free_again_after_it(desk: Desk) -> None:
    desk.trade(SWAP, "buy", "50", ordType="limit", px="99.5", clOrdId="one")
    assert desk.trade(SPOT, "buy", "1", ordType="limit", px="99.5", clOrdId="one")["sCode"] == "51016"
    assert desk.trade(SPOT, "buy", "1", ordType="limit", px="99.5", clOrdId="One")["sCode"] == "0"
    desk.post("trade/cancel-order", {"instId": SWAP, "clOrdId": "one"})
    assert desk.trade(SPOT, "buy", "1", ordType="limit", px="99.5", clOrdId="one")["sCode"] == "0"


def test_an_order_without_a_client_id_shows_none(desk: Desk) -> None:
    desk.trade(SWAP, "buy", "50", ordType="limit", px="99.5")
    assert desk.get("trade/orders-pending")[0]["clOrdId"] == ""


@pytest.mark.parametrize("seconds", ["9", "121", "soon"])
def test_the_dead_mans_switch_takes_ten_seconds_to_two_minutes(seconds: str, desk: Desk) -> None:
    with pytest.raises(OkxError) as refused:
        desk.post("trade/cancel-all-after", {"timeOut": seconds})
    assert refused.value.code == 51000
    [armed] = desk.post("trade/cancel-all-after", {"timeOut": "10"})
    assert armed["triggerTime"] == str(desk.exchange.now_ms + 10_000)
    [stopped] = desk.post("trade/cancel-all-after", {"timeOut": "0"})
    assert stopped["triggerTime"] == "0"


def test_leverage_beyond_what_the_contract_allows_is_refused(desk: Desk) -> None:
    with pytest.raises(OkxError) as refused:
        desk.post("account/set-leverage", {"instId": SWAP, "lever": "51", "mgnMode": "cross"})
    assert refused.value.code == 59102


def test_the_bill_of_a_delivery_tells_its_price_and_the_position_is_gone(still_exchange: Build) -> None:
    desk = Desk(unified(still_exchange, dated=DatedTerms(("BTC",), first_expiry_s=60, contracts=1)))
    contract = min(item.inst_id for item in desk.venue.names.of_type("FUTURES"))
    desk.trade(contract, "sell", "100")
    assert desk.get("account/positions", instType="FUTURES")[0]["pos"] == "-100"
    desk.exchange.advance(desk.exchange.now_ms + 61_000)
    assert desk.get("account/positions") == []
    [bill] = desk.get("account/bills", type="3")
    assert (bill["instId"], bill["instType"], bill["ccy"]) == (contract, "FUTURES", "USDT")
    [sold] = desk.get("account/bills", type="2")
    earned = Decimal(sold["px"]) - Decimal(bill["px"])
    assert Decimal(bill["balChg"]) == earned.quantize(Decimal("1e-8"))
    assert bill["bal"] == desk.get("account/balance")[0]["details"][0]["cashBal"]


ORDERS = st.lists(
    st.tuples(st.sampled_from([SPOT, SWAP]), st.sampled_from(["buy", "sell"]), st.integers(1, 30)), max_size=12
)


@given(orders=ORDERS)
def test_every_bill_leaves_the_balance_that_the_one_before_it_and_its_change_add_up_to(
    orders: list[tuple[str, str, int]], still_exchange: Build
) -> None:
    desk = Desk(unified(still_exchange))
    for inst_id, side, size in orders:
        desk.trade(inst_id, side, str(size) if inst_id == SWAP else str(Decimal(size) / 10))
    bills = desk.get("account/bills")
    balances = {"USDT": Decimal(10_000), "BTC": Decimal(0)}
    for bill in reversed(bills):
        balances[bill["ccy"]] += Decimal(bill["balChg"])
        assert Decimal(bill["bal"]) == balances[bill["ccy"]]


@given(count=st.integers(0, 30), limit=st.integers(1, 10))
def test_pages_one_after_another_hold_every_item_once_newest_first(count: int, limit: int) -> None:
    items, seen = list(range(1, count + 1)), []
    after: dict[str, object] = {}
    while page := newest_first(
        items, Parameters({"limit": str(limit), **after}), id_of=lambda item: item, time_of=lambda item: item
    ):
        seen += page
        after = {"after": str(page[-1])}
    assert seen == items[::-1]
