"""A package that pays funding instead of getting it is closed after three settled intervals."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import PRICE, START, RiskDesk, decision, raw_limits

from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import HeldLeg
from poise_risk.domain.records import ApprovalRecord
from poise_risk.domain.rules.parameters import LimitsConfig

PERPETUAL = "BTC/USDT:USDT"
EIGHT_HOURS = timedelta(hours=8)
A_DAY_AGO = START - timedelta(days=1, seconds=1)


def reasons(desk: RiskDesk) -> list[CloseReason | None]:
    return [each.close_reason for each in desk.stored if isinstance(each, ApprovalRecord)]


def leg(symbol: str, quantity: int, venue: str = "paper") -> HeldLeg:
    return HeldLeg(venue=venue, symbol=symbol, quantity=Decimal(quantity), entry_price=PRICE, mark_price=PRICE)


@pytest.mark.parametrize(
    ("rates", "closed"),
    [
        ((-0.0001, -0.0001, -0.0001), True),
        ((0.0003, -0.0001, -0.0001, -0.0001), True),
        ((-0.0001, -0.0001, 0.00001), False),
        ((-0.0001, 0.00001, -0.0001), False),
        ((-0.0001, 0.0, -0.0001), False),
        ((0.0001, 0.0001, 0.0001), False),
        ((-0.0001, -0.0001), False),
        ((), False),
    ],
)
def test_a_short_that_paid_in_each_of_the_last_three_settlements_goes(
    desk: RiskDesk, rates: tuple[float, ...], *, closed: bool
) -> None:
    desk.hold("BTC", opened_at=A_DAY_AGO - EIGHT_HOURS)
    desk.funding(PERPETUAL, *rates)
    desk.portfolio()
    assert reasons(desk) == ([CloseReason.FUNDING_FLIPPED] if closed else [])


@pytest.mark.parametrize(("opened_before_oldest_s", "closed"), [(1, True), (0, False), (-1, False)])
def test_only_what_was_settled_since_the_package_was_opened_counts(
    desk: RiskDesk, opened_before_oldest_s: int, *, closed: bool
) -> None:
    oldest = START - 2 * EIGHT_HOURS
    desk.hold("BTC", opened_at=oldest - timedelta(seconds=opened_before_oldest_s))
    desk.funding(PERPETUAL, *[-0.0001] * 90)
    desk.portfolio()
    assert (reasons(desk) == [CloseReason.FUNDING_FLIPPED]) is closed


def test_a_settlement_that_is_not_listed_yet_does_not_count(desk: RiskDesk) -> None:
    # Settled at 12:00 but not read yet: the newest that is known is of 04:00, the package is from 19:00 the day before.
    desk.hold("BTC", opened_at=START - timedelta(hours=17))
    desk.funding(PERPETUAL, *[-0.0001] * 90, last_settled_at=START - EIGHT_HOURS)
    desk.portfolio()
    assert reasons(desk) == []


def test_stale_funding_decides_nothing(desk: RiskDesk) -> None:
    desk.hold("BTC", opened_at=A_DAY_AGO - EIGHT_HOURS)
    desk.funding(PERPETUAL, *[-0.0001] * 3, received_at=START - timedelta(seconds=120, milliseconds=1))
    desk.portfolio()
    assert reasons(desk) == []


def test_unknown_funding_decides_nothing(desk: RiskDesk) -> None:
    desk.hold("BTC", opened_at=A_DAY_AGO - EIGHT_HOURS)
    desk.portfolio()
    assert reasons(desk) == []


def test_funding_has_flipped_for_a_risk_that_has_just_started(desk: RiskDesk) -> None:
    desk.hold("BTC", opened_at=A_DAY_AGO)
    again = desk.restarted().ready()
    assert reasons(again) == []
    again.funding(PERPETUAL, *[-0.0001] * 90)
    again.tick()
    assert reasons(again) == [CloseReason.FUNDING_FLIPPED]


def test_a_long_perpetual_pays_when_rates_are_above_zero(desk: RiskDesk) -> None:
    changes: dict[str, Any] = {"long_leg": leg(PERPETUAL, 80), "short_leg": leg("BTC/USDT", -80)}
    desk.hold("BTC", opened_at=A_DAY_AGO, **changes)
    desk.funding(PERPETUAL, *[0.0001] * 3)
    desk.portfolio()
    assert reasons(desk) == [CloseReason.FUNDING_FLIPPED]


@pytest.mark.parametrize(
    ("long_rate", "short_rate", "closed"),
    [(0.0003, 0.0001, True), (0.0001, 0.0003, False), (0.0002, 0.0002, False), (-0.0001, -0.0003, True)],
)
def test_between_two_perpetuals_what_one_pays_nets_with_what_the_other_gets(
    desk: RiskDesk, long_rate: float, short_rate: float, *, closed: bool
) -> None:
    changes: dict[str, Any] = {"long_leg": leg(PERPETUAL, 80), "short_leg": leg("BTC/USDC:USDC", -80)}
    desk.hold("BTC", opened_at=A_DAY_AGO, **changes)
    desk.book("BTC/USDC:USDC", PRICE)
    desk.funding(PERPETUAL, *[long_rate] * 3)
    desk.funding("BTC/USDC:USDC", *[short_rate] * 3)
    desk.portfolio()
    assert (reasons(desk) == [CloseReason.FUNDING_FLIPPED]) is closed


def test_legs_of_different_intervals_are_measured_over_the_longer_one(desk: RiskDesk) -> None:
    # The long leg pays 0.01 % each four hours, the short one gets 0.015 % each eight.
    changes: dict[str, Any] = {"long_leg": leg(PERPETUAL, 80), "short_leg": leg("BTC/USDC:USDC", -80)}
    desk.hold("BTC", opened_at=A_DAY_AGO, **changes)
    desk.book("BTC/USDC:USDC", PRICE)
    desk.funding(PERPETUAL, *[0.0001] * 6, interval_s=14_400)
    desk.funding("BTC/USDC:USDC", *[0.00015] * 3)
    desk.portfolio()
    assert reasons(desk) == [CloseReason.FUNDING_FLIPPED]
    assert "0.0150 % paid in the last 3 intervals" in decision(desk.published).reason


def test_one_leg_whose_funding_is_unknown_decides_nothing(desk: RiskDesk) -> None:
    changes: dict[str, Any] = {"long_leg": leg(PERPETUAL, 80), "short_leg": leg("BTC/USDC:USDC", -80)}
    desk.hold("BTC", opened_at=A_DAY_AGO, **changes)
    desk.book("BTC/USDC:USDC", PRICE)
    desk.funding(PERPETUAL, *[0.0001] * 3)
    desk.portfolio()
    assert reasons(desk) == []


def test_how_many_intervals_is_configured() -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["funding_flipped_intervals"] = 1
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    desk.hold("BTC", opened_at=START - timedelta(seconds=1))
    desk.funding(PERPETUAL, 0.0001, 0.0001, -0.0001)
    desk.portfolio()
    assert reasons(desk) == [CloseReason.FUNDING_FLIPPED]


@given(
    rates=st.lists(st.sampled_from([-0.0002, -0.0001, 0.0, 0.0001, 0.0002]), max_size=8),
    held_for_s=st.integers(0, 4_000),
    interval_s=st.sampled_from([20, 60, 400]),
    settled_ago_s=st.integers(0, 400),
)
def test_a_package_goes_exactly_when_the_last_three_rates_since_its_opening_are_all_paid(
    rates: list[float], held_for_s: int, interval_s: int, settled_ago_s: int
) -> None:
    desk = RiskDesk().ready()
    opened_at = START - timedelta(seconds=held_for_s)
    newest = START - timedelta(seconds=settled_ago_s)
    desk.hold("BTC", opened_at=opened_at)
    desk.funding(PERPETUAL, *rates, interval_s=interval_s, last_settled_at=newest)
    desk.portfolio()
    times = [newest - timedelta(seconds=interval_s) * back for back in range(len(rates))]
    since_opened = [rate for rate, at in zip(reversed(rates), times, strict=True) if at > opened_at]
    flipped = len(since_opened) >= 3 and all(rate < 0 for rate in since_opened[:3])
    assert reasons(desk) == ([CloseReason.FUNDING_FLIPPED] if flipped else [])
