"""OKX's order book channel to the letter: sequences, sizes, checksums."""

import zlib
from decimal import Decimal
from typing import Any

import pytest
from tests.integration.simulator.okx.conftest import MovableClock, OkxSimulator, RawVenue

from poise_simulator.faults.plan import Aim
from poise_simulator.faults.stream_kinds import GapDepth
from poise_simulator.faults.targets import Target

BOOKS = {"channel": "books", "instId": "BTC-USDT-SWAP"}


class Book:
    """A client's book, kept as texts, as the venue's documentation has it."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self.sequence = -1

    def apply(self, message: Any) -> None:
        """Apply a snapshot or an update, and check its sequence and its checksum."""
        (row,) = message["data"]
        if message["action"] == "snapshot":
            self.sides = {"bids": {}, "asks": {}}
            self.sequence = -1
        assert row["prevSeqId"] == self.sequence
        self.sequence = row["seqId"]
        for name, side in self.sides.items():
            for price, size, _, _ in row[name]:
                if size == "0":
                    del side[price]
                else:
                    side[price] = size
        assert row["checksum"] == self.checksum()

    def best_first(self, name: str) -> list[tuple[str, str]]:
        """Return a side's levels."""
        return sorted(self.sides[name].items(), key=lambda level: Decimal(level[0]), reverse=name == "bids")

    def checksum(self) -> int:
        """Compute the signed CRC32 over the best 25 levels, a bid and an ask in turn."""
        texts = []
        for bid, ask in zip(self.best_first("bids")[:25], self.best_first("asks")[:25], strict=True):
            texts += [*bid, *ask]
        value = zlib.crc32(":".join(texts).encode())
        return value - 2**32 if value >= 2**31 else value


@pytest.mark.parametrize("inst_id", ["BTC-USDT", "BTC-USDT-SWAP", "DOGE-USDT-SWAP"])
async def test_increments_add_up_to_a_book_whose_checksum_holds(
    raw: RawVenue, clock: MovableClock, inst_id: str
) -> None:
    opened = await raw.subscribe("public", {"channel": "books", "instId": inst_id})
    book = Book()
    first = await opened.read_data()
    assert first["action"] == "snapshot"
    book.apply(first)
    for _ in range(50):
        clock.added_ms += 500
        message = await opened.read_data()
        assert message["action"] == "update"
        book.apply(message)


async def test_one_who_joins_later_sees_the_same_sequence(raw: RawVenue) -> None:
    early, late = Book(), Book()
    first = await raw.subscribe("public", BOOKS)
    for _ in range(5):
        early.apply(await first.read_data())
    second = await raw.subscribe("public", BOOKS)
    for _ in range(5):
        late.apply(await second.read_data())
    while early.sequence < late.sequence:
        early.apply(await first.read_data())
    assert early.sequence == late.sequence
    assert early.sides == late.sides


async def test_a_book_that_is_left_and_joined_again_begins_with_a_snapshot(raw: RawVenue) -> None:
    opened = await raw.subscribe("public", BOOKS)
    await opened.read_data()
    await opened.ask("unsubscribe", BOOKS)
    while (message := await opened.read()).get("event") != "unsubscribe":
        assert message["arg"] == BOOKS
    await opened.ask("subscribe", BOOKS)
    assert (await opened.read())["event"] == "subscribe"
    assert (await opened.read())["action"] == "snapshot"


async def test_a_gap_shows_in_the_sequence(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.subscribe("public", BOOKS)
    sequence = (await opened.read_data())["data"][0]["seqId"]
    simulator.faults.set_fault(GapDepth(), Aim(Target.MARKET_STREAM, strikes_max=1))
    while True:
        (row,) = (await opened.read_data())["data"]
        if row["prevSeqId"] != sequence:
            break
        sequence = row["seqId"]
    assert [strike.fault.kind for strike in simulator.faults.log] == ["gap_depth"]


async def test_sizes_of_derivatives_are_contracts_on_streams_too(raw: RawVenue, simulator: OkxSimulator) -> None:
    opened = await raw.subscribe("public", BOOKS)
    (row,) = (await opened.read_data())["data"]
    lot = simulator.venue.instrument("BTC-USDT-SWAP").lot_size
    assert all(Decimal(size) % lot == 0 for _, size, _, _ in row["bids"] + row["asks"])
    assert any(Decimal(size) > 100 for _, size, _, _ in row["bids"])
