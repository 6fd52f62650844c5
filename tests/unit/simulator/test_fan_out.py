"""Who hears what, whichever the protocol."""

from dataclasses import dataclass, field

import pytest

from poise_simulator.protocol.fan_out import FanOut, Listener


@dataclass
class Client:
    """A connection that keeps what it was sent."""

    heard: list[tuple[str, bytes]] = field(default_factory=list)
    hung_up: int = 0

    def __post_init__(self) -> None:
        self.listener: Listener[str] = Listener(lambda topic, payload: self.heard.append((topic, payload)), self._end)

    def _end(self) -> None:
        self.hung_up += 1


@pytest.fixture
def alice() -> Client:
    return Client()


@pytest.fixture
def bob() -> Client:
    return Client()


def test_those_who_listen_hear_and_nobody_else(alice: Client, bob: Client) -> None:
    fan_out: FanOut[str] = FanOut()
    fan_out.subscribe(alice.listener, "books")
    fan_out.subscribe(bob.listener, "trades")
    fan_out.publish("books", b"1")
    assert alice.heard == [("books", b"1")]
    assert bob.heard == []


def test_work_begins_with_the_first_listener_and_ends_with_the_last(alice: Client, bob: Client) -> None:
    fan_out: FanOut[str] = FanOut()
    calls: list[tuple[str, str]] = []
    fan_out.watch(lambda topic: calls.append(("first", topic)), lambda topic: calls.append(("last", topic)))
    fan_out.subscribe(alice.listener, "books")
    fan_out.subscribe(bob.listener, "books")
    fan_out.unsubscribe(alice.listener, "books")
    fan_out.unsubscribe(alice.listener, "books")
    assert calls == [("first", "books")]
    fan_out.drop(bob.listener)
    assert calls == [("first", "books"), ("last", "books")]
    assert not fan_out.listens("books")


def test_subscribing_twice_is_hearing_once(alice: Client) -> None:
    fan_out: FanOut[str] = FanOut()
    fan_out.subscribe(alice.listener, "books")
    fan_out.subscribe(alice.listener, "books")
    fan_out.publish("books", b"1")
    assert len(alice.heard) == 1


def test_a_topic_that_ends_is_heard_by_nobody_and_leaves_the_others(alice: Client) -> None:
    fan_out: FanOut[str] = FanOut()
    fan_out.subscribe(alice.listener, "books")
    fan_out.subscribe(alice.listener, "trades")
    fan_out.end("books")
    fan_out.publish("books", b"1")
    assert alice.heard == []
    assert fan_out.topics == ["trades"]


def test_only_those_who_listen_are_hung_up(alice: Client, bob: Client) -> None:
    fan_out: FanOut[str] = FanOut()
    fan_out.subscribe(alice.listener, "books")
    fan_out.subscribe(bob.listener, "trades")
    fan_out.hang_up("books")
    assert (alice.hung_up, bob.hung_up) == (1, 0)
