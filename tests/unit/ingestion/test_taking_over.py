"""What a process says of an instrument that another had before, or has from now on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.ingestion.desk import NOON, VENUE, Desk, book, effects, minute, published, scanned

from poise_common.contracts.core import Output
from poise_common.contracts.market_data import (
    CandleClosed,
    CandleHistory,
    CandleInterval,
    OrderBook,
    TradeFlow,
    Universe,
)
from poise_common.domain.instruments import InstrumentId, Side
from poise_ingestion.domain.effects import FollowFeeds, ReadHistory, ReadLastMinutes, SayShown, SaySilent
from poise_ingestion.domain.observations import CandlesSeen, LastMinutesRead, ReplicasSeen, TradesSeen
from poise_ingestion.domain.sharing import owner_of

ASSETS = ("ADA", "DOT", "LINK", "AVAX")
SPOTS = tuple(InstrumentId(VENUE, f"{asset}/USDT") for asset in ASSETS)
ME, OTHER = "me", "other"


def a_replica(*replicas: str, **seen: Any) -> tuple[Desk, Sequence[Output]]:
    """Return a desk of tier 3 that knows the universe, and what it said to its first view."""
    desk = Desk(3, replica=ME)
    (universe,) = published(desk.on_duty().scan(*(scanned(asset) for asset in ASSETS)), Universe)
    assert not desk.tell(universe), "before it knows who else is there, a replica follows nothing"
    return desk, see(desk, *replicas, **seen)


def see(desk: Desk, *replicas: str, **seen: Any) -> Sequence[Output]:
    return desk.say(ReplicasSeen, tier=3, replicas=replicas, **{"shown_by": {}, **seen})


def followed(outputs: Sequence[Output]) -> set[InstrumentId]:
    (follow,) = effects(outputs, FollowFeeds)
    return {one.instrument.id for one in follow.instruments}


def mine_of(*replicas: str) -> set[InstrumentId]:
    return {one for one in SPOTS if owner_of(one, replicas) == ME}


def test_two_replicas_follow_every_instrument_between_them_and_none_both() -> None:
    _, outputs = a_replica(ME, OTHER)
    assert followed(outputs) & set(SPOTS) == mine_of(ME, OTHER)
    assert 0 < len(mine_of(ME, OTHER)) < len(SPOTS)


def test_the_instruments_of_a_replica_that_is_gone_are_followed_at_once() -> None:
    desk, _ = a_replica(ME, OTHER)
    assert followed(see(desk, ME)) >= set(SPOTS)


def test_what_falls_to_another_is_published_until_that_one_has_shown_it_for_a_while() -> None:
    desk, _ = a_replica(ME)
    (lost,) = sorted(set(SPOTS) - mine_of(ME, OTHER))[:1]
    assert not effects(see(desk, ME, OTHER), FollowFeeds)
    desk.wait(60)
    assert not effects(see(desk, ME, OTHER), FollowFeeds), "nobody else shows it: to let go would leave it dark"
    assert published(desk.tell(book(lost.symbol, 1, desk.now)), OrderBook)
    assert not effects(see(desk, ME, OTHER, shown_by={lost: OTHER}), FollowFeeds)
    desk.wait(1)
    assert lost not in followed(see(desk, ME, OTHER, shown_by={lost: OTHER}))
    assert not published(desk.tell(book(lost.symbol, 2, desk.now)), OrderBook)


def test_a_book_that_another_shows_while_it_is_taken_over_is_not_silent_here() -> None:
    desk, _ = a_replica(ME, OTHER, shown_by=dict.fromkeys(mine_of(ME, OTHER), OTHER))
    silent = {one for effect in effects(desk.wait(60), SaySilent) for one in effect.silent}
    assert not silent & set(SPOTS)
    see(desk, ME)
    assert {one for effect in effects(desk.wait(60), SaySilent) for one in effect.silent} >= set(SPOTS)


def test_a_replica_says_once_what_it_shows_of_its_own() -> None:
    desk, _ = a_replica(ME, OTHER)
    (mine,) = sorted(mine_of(ME, OTHER))[:1]
    assert not effects(see(desk, ME, OTHER), SayShown)
    desk.tell(book(mine.symbol, 1, desk.now))
    assert effects(see(desk, ME, OTHER), SayShown) == [SayShown(tier=3, begun=(mine,), ended=())]
    desk.tell(book(mine.symbol, 2, desk.now))
    assert not effects(see(desk, ME, OTHER, shown_by={mine: ME}), SayShown)


def test_a_book_of_long_ago_does_not_say_that_an_instrument_is_shown() -> None:
    desk, _ = a_replica(ME)
    desk.tell(book(SPOTS[0].symbol, 1, desk.now))
    see(desk, ME)
    desk.wait(60)
    assert not effects(see(desk, ME, shown_by={SPOTS[0]: OTHER}), SayShown)


def test_an_instrument_that_nobody_follows_any_more_is_struck_off() -> None:
    desk, _ = a_replica(ME)
    stranger = InstrumentId(VENUE, "GONE/USDT")
    (said,) = effects(see(desk, ME, shown_by={stranger: ME}), SayShown)
    assert said.ended == (stranger,)


def test_of_what_is_taken_over_the_last_minutes_are_read_but_histories_where_nobody_has_published_them() -> None:
    with_history, without, *anew = SPOTS
    _, outputs = a_replica(ME, shown_by={with_history: OTHER, without: OTHER}, histories={with_history})
    assert [effect.followed.instrument.id for effect in effects(outputs, ReadLastMinutes)] == [with_history]
    read = {effect.followed.instrument.id for effect in effects(outputs, ReadHistory)}
    assert {without, *anew} <= read
    assert with_history not in read


def test_whose_histories_were_published_is_told_until_it_is_known_and_they_are_not_read_again() -> None:
    desk, _ = a_replica(ME)
    spot = SPOTS[0]
    for interval in (CandleInterval.MINUTE, CandleInterval.HOUR):
        assert not effects(see(desk, ME), SayShown), "not before both are out"
        history = {"venue": spot.venue, "symbol": spot.symbol, "asset": ASSETS[0], "interval": interval}
        desk.say(CandleHistory, **history, candles=(minute(-1),))
    for _ in range(2):
        (said,) = effects(see(desk, ME), SayShown)
        assert said.histories == (spot,)
    assert not effects(see(desk, ME, histories={spot}), SayShown)
    lost = dict.fromkeys(SPOTS, OTHER)
    see(desk, OTHER, shown_by=lost)
    desk.wait(2)
    see(desk, OTHER, shown_by=lost)
    assert spot not in {effect.followed.instrument.id for effect in effects(see(desk, ME), ReadHistory)}


def closed_by_takeover(desk: Desk, minutes: range) -> list[CandleClosed]:
    outputs = desk.say(
        LastMinutesRead, venue=VENUE, symbol=SPOTS[0].symbol, candles=tuple(minute(number) for number in minutes)
    )
    return published(outputs, CandleClosed)


def test_minutes_that_the_process_before_may_not_have_said_are_said_and_the_hour_they_complete_is_whole() -> None:
    desk = Desk(3, replica=ME)
    desk.now = NOON + timedelta(minutes=60, seconds=2)
    (universe,) = published(desk.on_duty().scan(scanned(ASSETS[0])), Universe)
    desk.tell(universe)
    see(desk, ME, shown_by={SPOTS[0]: OTHER})
    closed = closed_by_takeover(desk, range(-10, 60))
    assert [one.opened_at for one in closed if one.interval is CandleInterval.MINUTE] == [
        NOON + timedelta(minutes=58),
        NOON + timedelta(minutes=59),
    ]
    assert [one.opened_at for one in closed if one.interval is CandleInterval.HOUR] == [NOON]
    assert not closed_by_takeover(desk, range(-10, 60)), "said twice"


@pytest.mark.parametrize("late_minutes", [0, 3])
def test_the_feed_goes_on_from_what_was_taken_over_however_late_it_is_read(late_minutes: int) -> None:
    desk, _ = a_replica(ME, shown_by={SPOTS[0]: OTHER}, histories={SPOTS[0]})
    said: list[CandleClosed] = []
    for number in range(late_minutes):
        said += published(
            desk.say(CandlesSeen, venue=VENUE, symbol=SPOTS[0].symbol, candles=(minute(number),)), CandleClosed
        )
        said += published(desk.wait(60 + 4 * (number == 0)), CandleClosed)
    said += closed_by_takeover(desk, range(-70, late_minutes))
    numbers = sorted(
        (one.opened_at - NOON) // timedelta(minutes=1) for one in said if one.interval is CandleInterval.MINUTE
    )
    assert numbers == list(range(-3, late_minutes))


def test_the_second_in_which_a_feed_is_taken_over_is_left_to_the_process_before() -> None:
    desk, _ = a_replica(ME, shown_by={SPOTS[0]: OTHER}, histories={SPOTS[0]})
    start_ms = round(NOON.timestamp() * 1000)
    trades = tuple((start_ms + ms, Side.BUY, 1.0) for ms in (600, 900, 1_100, 700))
    desk.say(TradesSeen, venue=VENUE, symbol=SPOTS[0].symbol, trades=trades)
    (flow,) = published(desk.wait(5), TradeFlow)
    assert (flow.second, flow.trades) == (NOON + timedelta(seconds=1), 1)
