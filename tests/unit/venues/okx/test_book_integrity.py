"""A book whose increments do not fit is given up, so that subscribing anew brings a snapshot."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.venues.okx.markets import INVERSE, SPOT, SWAP

from poise_venues import ccxt_modules
from poise_venues.dialects import RECEIVED_AT
from poise_venues.okx.books import checksum
from poise_venues.okx.exchange import OkxOverrides

NAME = "books:BTC/USDT"
READ_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Client:
    """A connection that is subscribed to one book."""

    def __init__(self) -> None:
        self.subscriptions: dict[str, object] = {NAME: True}
        self.resolved: list[Any] = []
        self.rejected: list[Exception] = []
        self.sent: list[Any] = []
        self.spoken = asyncio.Event()

    def resolve(self, result: Any, _name: str) -> None:
        self.resolved.append(result)

    def reject(self, error: Exception, _name: str) -> None:
        self.rejected.append(error)

    async def throttle(self, _cost: float) -> None:
        """Have room."""

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        self.spoken.set()


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def exchange() -> Any:
    made = type("okx", (OkxOverrides, ccxt_modules.exchange_class("okx")), {})({})
    made.set_markets([made.parse_market(raw) for raw in (SPOT, SWAP, INVERSE)])
    made.now = lambda: READ_AT
    return made


def frame(action: str, bids: list[list[str]], asks: list[list[str]], *, follows: int, summed: int) -> dict[str, Any]:
    row = {"bids": bids, "asks": asks, "ts": "1", "prevSeqId": follows, "seqId": follows + 2, "checksum": summed}
    return {"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": action, "data": [row]}


SNAPSHOT = frame(
    "snapshot",
    [["99.0", "1.50", "0", "1"]],
    [["100.0", "2", "0", "1"]],
    follows=-1,
    summed=checksum(["99.0:1.50"], ["100.0:2"]),
)
AFTER_UPDATE = checksum(["99.0:1.50"], ["100.0:3"])


async def test_a_book_with_the_right_checksum_goes_on_and_knows_when_it_was_read(client: Client, exchange: Any) -> None:
    exchange.handle_order_book(client, SNAPSHOT)
    exchange.handle_order_book(client, frame("update", [], [["100.0", "3", "0", "1"]], follows=1, summed=AFTER_UPDATE))
    assert client.rejected == []
    assert client.resolved[-1][RECEIVED_AT] == READ_AT
    assert client.resolved[-1]["asks"][0][:2] == [100.0, 3.0]


async def test_a_checksum_of_zero_says_nothing(client: Client, exchange: Any) -> None:
    exchange.handle_order_book(client, SNAPSHOT)
    exchange.handle_order_book(client, frame("update", [], [["100.0", "3", "0", "1"]], follows=1, summed=0))
    assert client.rejected == []


@pytest.mark.parametrize(
    ("follows", "summed", "error"),
    [(1, AFTER_UPDATE + 1, "ChecksumError"), (2, AFTER_UPDATE, "InvalidNonce")],
    ids=["another checksum", "a gap"],
)
async def test_a_book_that_does_not_fit_is_given_up_here_and_at_the_venue(
    client: Client, exchange: Any, follows: int, summed: int, error: str
) -> None:
    exchange.handle_order_book(client, SNAPSHOT)
    exchange.handle_order_book(client, frame("update", [], [["100.0", "3", "0", "1"]], follows=follows, summed=summed))
    assert [type(one).__name__ for one in client.rejected] == [error]
    assert isinstance(client.rejected[0], ccxt_modules.errors().InvalidNonce), "what live feeds take for a gap"
    assert NAME not in client.subscriptions
    assert "BTC/USDT" not in exchange.orderbooks
    await client.spoken.wait()
    assert client.sent == [{"op": "unsubscribe", "args": [{"channel": "books", "instId": "BTC-USDT"}]}]


async def test_the_venues_word_that_a_book_has_been_left_ends_no_newer_subscription(
    client: Client, exchange: Any
) -> None:
    exchange.handle_unsubscription(client, {"event": "unsubscribe", "arg": {"channel": "books", "instId": "BTC-USDT"}})
    assert NAME in client.subscriptions
