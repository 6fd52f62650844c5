"""The simulated bus keeps the real one's promises, however badly it behaves."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from poise.simulation.memory_bus import BusFaults, Delivery, MemoryBus
from poise_common.contracts.control import Halt
from poise_common.contracts.market_data import CandleClosed, CandleInterval, TradeFlow
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service, StreamKind, stream_of
from poise_common.domain.ids import seeded_ids

START = datetime(2026, 3, 2, tzinfo=UTC)
NO_FAULTS = BusFaults(
    delay_max_ms=0, duplicate_probability=0, redelivery_probability=0, redelivery_delay_max_ms=0, skip_probability=0
)
KINDS = (Halt, TradeFlow, RiskState)

Sending = tuple[type[Message], int]
"""What is published, and how many ms after the one before."""

sendings = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 200)), max_size=40)
probability = st.floats(0, 1)
faults = st.builds(
    BusFaults,
    delay_max_ms=st.floats(0, 500),
    duplicate_probability=probability,
    redelivery_probability=probability,
    redelivery_delay_max_ms=st.floats(0, 5_000),
    skip_probability=probability,
)

new_id = seeded_ids(5)


def faulty_bus(seed: int, faults: BusFaults) -> MemoryBus:
    return MemoryBus(Random(seed), faults)  # noqa: S311 - seeded for repetition, guards nothing


def message(kind: type[Message], now: datetime) -> Message:
    fields: dict[type[Message], dict[str, object]] = {
        Halt: {"operator": "test", "reason": "a test"},
        TradeFlow: {
            "venue": "paper",
            "symbol": "BTC/USDT",
            "second": now,
            "buy_volume": 1.0,
            "sell_volume": 0.0,
            "trades": 1,
        },
        RiskState: {"mode": SystemMode.ACTIVE, "reason": "a test", "set_by": "test", "since": START, "epoch": 1},
    }
    return kind.first(new_id(now), "test", now, **fields[kind])


def candle(minute: int, close: float) -> Message:
    fields = {"open": 1.0, "high": 9.0, "low": 1.0, "close": close, "volume": 1.0}
    opened_at = START + timedelta(minutes=minute)
    return CandleClosed.first(
        new_id(START),
        "test",
        START,
        venue="paper",
        symbol="BTC/USDT",
        asset="BTC",
        interval=CandleInterval.MINUTE,
        opened_at=opened_at,
        **fields,
    )


def run(bus: MemoryBus, what: Sequence[Sending]) -> tuple[list[tuple[datetime, Message]], list[Delivery]]:
    """Publish all at their times, then let time pass until nothing is under way."""
    now = START
    published: list[tuple[datetime, Message]] = []
    delivered: list[Delivery] = []
    for kind, pause_ms in what:
        now += timedelta(milliseconds=pause_ms)
        delivered += bus.due(now)
        one = message(kind, now)
        published.append((now, one))
        bus.publish(one, now)
    while (next_at := bus.next_at()) is not None:
        delivered += bus.due(next_at)
    return published, delivered


def read_by(service: Service, delivered: Sequence[Delivery], kind: type[Message]) -> list[Message]:
    return [one.message for one in delivered if one.service is service and isinstance(one.message, kind)]


def once(messages: Sequence[Message]) -> list[Message]:
    return list({each.id: each for each in messages}.values())


@given(sendings, faults, st.integers(0, 2**32))
def test_work_reaches_every_reader_at_least_once_and_first_in_the_order_it_was_published(
    what: list[Sending], faults: BusFaults, seed: int
) -> None:
    published, delivered = run(faulty_bus(seed, faults), what)
    orders = [each for _, each in published if isinstance(each, Halt)]
    for reader in stream_of(Halt).consumers:
        assert once(read_by(reader, delivered, Halt)) == orders


@given(sendings, faults, st.integers(0, 2**32))
def test_repeats_of_work_are_counted_and_nothing_else_is_repeated(
    what: list[Sending], faults: BusFaults, seed: int
) -> None:
    bus = faulty_bus(seed, faults)
    _, delivered = run(bus, what)
    copies = Counter((one.stream.kind, one.service, one.message.id) for one in delivered)
    repeats = {key: count - 1 for key, count in copies.items() if count > 1}
    assert {kind for kind, _, _ in repeats} <= {StreamKind.WORK}
    assert sum(repeats.values()) == bus.repeats


@given(sendings, faults, st.integers(0, 2**32))
def test_a_feed_may_skip_but_never_goes_back_and_a_state_arrives_whole(
    what: list[Sending], faults: BusFaults, seed: int
) -> None:
    published, delivered = run(faulty_bus(seed, faults), what)
    flows = [each for _, each in published if isinstance(each, TradeFlow)]
    states = [each for _, each in published if isinstance(each, RiskState)]
    for reader in stream_of(TradeFlow).consumers:
        seen = [flows.index(each) for each in read_by(reader, delivered, TradeFlow) if isinstance(each, TradeFlow)]
        assert all(before < after for before, after in pairwise(seen))
    for reader in stream_of(RiskState).consumers:
        assert read_by(reader, delivered, RiskState) == states


@given(sendings, faults, st.integers(0, 2**32))
def test_nothing_arrives_before_it_was_published_and_all_in_the_order_of_time(
    what: list[Sending], faults: BusFaults, seed: int
) -> None:
    published, delivered = run(faulty_bus(seed, faults), what)
    published_at = {each.id: at for at, each in published}
    assert all(published_at[one.message.id] <= one.at for one in delivered)
    assert all(before.at <= after.at for before, after in pairwise(delivered))


@given(sendings, faults, st.integers(0, 2**32))
def test_the_same_seed_delivers_the_same(what: list[Sending], faults: BusFaults, seed: int) -> None:
    def deliveries() -> list[tuple[datetime, Service, str]]:
        _, delivered = run(faulty_bus(seed, faults), what)
        return [(one.at, one.service, type(one.message).__name__) for one in delivered]

    assert deliveries() == deliveries()


def test_without_faults_each_reader_has_each_message_at_once_and_once() -> None:
    bus = faulty_bus(1, NO_FAULTS)
    one = message(Halt, START)
    bus.publish(one, START)
    assert [(each.service, each.message) for each in bus.due(START)] == [
        (Service.EXECUTION, one),
        (Service.PORTFOLIO, one),
        (Service.RISK, one),
    ]
    assert bus.next_at() is None


def test_a_bus_that_skips_every_feed_still_carries_states_and_work() -> None:
    bus = faulty_bus(1, BusFaults(skip_probability=1))
    _, delivered = run(bus, [(Halt, 10), (TradeFlow, 10), (RiskState, 10)])
    assert {type(one.message) for one in delivered} == {Halt, RiskState}


def test_what_handling_publishes_comes_due_in_the_same_moment() -> None:
    bus = faulty_bus(1, NO_FAULTS)
    bus.publish(message(Halt, START), START)
    seen = []
    for delivery in bus.due(START):
        seen.append(type(delivery.message))
        if len(seen) == 1:
            bus.publish(message(RiskState, START), START)
    assert RiskState in seen


def test_a_starting_reader_finds_the_last_state_and_the_newest_of_each_candle_but_no_other_feed() -> None:
    bus = faulty_bus(1, BusFaults(skip_probability=1))
    old, new = message(RiskState, START), message(RiskState, START)
    first, second, again = candle(1, 1.5), candle(2, 2.5), candle(1, 1.6)
    for each in (old, first, message(TradeFlow, START), message(Halt, START), second, new, again):
        bus.publish(each, START)
    assert bus.held(Service.SIGNALS) == (second, again, new)
    assert bus.held(Service.INGESTION) == (new,)
    assert bus.held(Service.RISK) == ()
