"""What is left of request budgets, as the last answers have it."""

import pytest

from poise_venues import headroom
from poise_venues.headroom import Headroom


class Time:
    now_s = 100.0


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(headroom, "machine_s", lambda: time.now_s)
    return time


@pytest.mark.usefixtures("time")
def test_a_budget_that_nobody_used_is_whole() -> None:
    assert Headroom().left("spot") == 1


def test_what_was_used_comes_back_with_time(time: Time) -> None:
    left = Headroom()
    left.saw("spot", "spot", share=0.2, refill_share_per_s=0.1)
    assert left.left("spot") == pytest.approx(0.2)
    time.now_s += 3
    assert left.left("spot") == pytest.approx(0.5)
    time.now_s += 60
    assert left.left("spot") == 1


@pytest.mark.usefixtures("time")
def test_of_a_budget_with_many_buckets_the_emptiest_counts() -> None:
    left = Headroom()
    left.saw("requests", "requests:GET a", share=0.9, refill_share_per_s=0)
    left.saw("requests", "requests:GET b", share=0.3, refill_share_per_s=0)
    left.saw("orders", "orders", share=0.1, refill_share_per_s=0)
    assert left.left("requests") == pytest.approx(0.3)


def test_while_the_venue_bans_us_nothing_is_left(time: Time) -> None:
    left = Headroom()
    left.blocked("spot", "spot", seconds=30)
    time.now_s += 29
    assert left.left("spot") == 0
    time.now_s += 2
    assert left.left("spot") == 1


def test_less_than_nothing_is_nothing_until_it_has_come_back(time: Time) -> None:
    left = Headroom()
    left.saw("spot", "spot", share=-0.5, refill_share_per_s=0.1)
    assert left.left("spot") == 0
    time.now_s += 6
    assert left.left("spot") == pytest.approx(0.1)
