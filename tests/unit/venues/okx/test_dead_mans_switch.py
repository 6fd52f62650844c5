from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from poise_venues.okx.dead_mans_switch import DeadMansSwitch

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"


class Venue:
    """Takes what is asked for, by a clock that the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.asked_s: list[int] = []
        self.answers_stopped = False

    def now(self) -> datetime:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def privatePostTradeCancelAllAfter(self, request: dict[str, str]) -> Any:  # noqa: N802  # ccxt's name
        self.asked_s.append(int(request["timeOut"]))
        fires_ms = int((self.time.timestamp() + self.asked_s[-1]) * 1000)
        stopped = self.answers_stopped or self.asked_s[-1] == 0
        return {"code": "0", "data": [{"triggerTime": "0" if stopped else str(fires_ms), "ts": "1"}], "msg": ""}

    @property
    def fires_in_s(self) -> int:
        return self.asked_s[-1]


@pytest.fixture
def venue() -> Venue:
    return Venue()


@pytest.fixture
def switch() -> DeadMansSwitch:
    return DeadMansSwitch()


async def test_the_timer_lasts_as_long_as_was_asked_and_a_little_longer(venue: Venue, switch: DeadMansSwitch) -> None:
    await switch.arm(venue, BTC, 30_000)
    assert 30 <= venue.fires_in_s <= 40


async def test_whoever_arms_soon_after_is_covered_without_asking(venue: Venue, switch: DeadMansSwitch) -> None:
    await switch.arm(venue, BTC, 30_000)
    venue.pass_(1)
    await switch.arm(venue, ETH, 30_000)
    assert len(venue.asked_s) == 1
    venue.pass_(10)
    await switch.arm(venue, ETH, 30_000)
    assert len(venue.asked_s) == 2


async def test_nobody_is_cut_short_by_another_who_wants_less(venue: Venue, switch: DeadMansSwitch) -> None:
    await switch.arm(venue, BTC, 100_000)
    venue.pass_(10)
    await switch.arm(venue, ETH, 20_000)
    assert len(venue.asked_s) == 1


async def test_it_stops_when_no_instrument_wants_it_any_more(venue: Venue, switch: DeadMansSwitch) -> None:
    await switch.arm(venue, BTC, 30_000)
    await switch.arm(venue, ETH, 30_000)
    await switch.arm(venue, BTC, 0)
    assert venue.fires_in_s != 0
    await switch.arm(venue, ETH, 0)
    assert venue.fires_in_s == 0


async def test_a_countdown_that_has_run_out_wants_nothing(venue: Venue, switch: DeadMansSwitch) -> None:
    await switch.arm(venue, BTC, 30_000)
    venue.pass_(31)
    await switch.arm(venue, ETH, 0)
    assert venue.fires_in_s == 0


async def test_a_countdown_below_the_venues_shortest_is_rounded_up_and_that_is_said_once(
    venue: Venue, switch: DeadMansSwitch
) -> None:
    with capture_logs() as logs:
        await switch.arm(venue, BTC, 300)
        await switch.arm(venue, ETH, 300)
    assert venue.fires_in_s >= 10
    assert [log["event"] for log in logs] == ["dead_mans_switch_countdown_rounded_up"]


async def test_a_countdown_beyond_the_venues_longest_is_refused(venue: Venue, switch: DeadMansSwitch) -> None:
    with pytest.raises(ValueError, match="120 s"):
        await switch.arm(venue, BTC, 121_000)
    await switch.arm(venue, BTC, 120_000)
    assert venue.fires_in_s == 120


async def test_a_timer_that_the_venue_did_not_start_is_an_error_and_asked_for_again(
    venue: Venue, switch: DeadMansSwitch
) -> None:
    venue.answers_stopped = True
    with pytest.raises(ValueError, match="was asked for"):
        await switch.arm(venue, BTC, 30_000)
    venue.answers_stopped = False
    await switch.arm(venue, BTC, 30_000)
    assert len(venue.asked_s) == 2
