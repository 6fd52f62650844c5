"""Predicted funding beside the settled."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.desk import shipped_parameters
from tests.unit.portfolio.hindsight_desk import HindsightDesk

SIXTEEN = datetime(2026, 3, 2, 16, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
SHIPPED = shipped_parameters().hindsight.calibration
LEADS_S, TOLERANCE_S = SHIPPED.leads_s, SHIPPED.lead_tolerance_s


def predicting(desk: HindsightDesk, *rates: tuple[float, float], settles_at: datetime = SIXTEEN) -> HindsightDesk:
    """Tell rates, each so many seconds before the settlement."""
    for before_s, rate in rates:
        desk.now = settles_at - timedelta(seconds=before_s)
        desk.tell(desk.funding_rate(rate, settles_at=settles_at)).wait(0)
    return desk


def settle(desk: HindsightDesk, *rates: float, at: datetime = SIXTEEN, next_at: datetime = MIDNIGHT) -> HindsightDesk:
    desk.now = max(desk.now, at + timedelta(seconds=20))
    desk.tell(desk.funding_rate(settles_at=next_at, settled=rates, last_settled_at=at)).wait(0)
    return desk


def noted(desk: HindsightDesk) -> dict[int, float]:
    return {each.lead_s: each.predicted_rate_per_interval for each in desk.predictions}


def test_the_first_rate_from_a_lead_s_moment_on_is_noted() -> None:
    desk = predicting(HindsightDesk(), (3_601, 0.1), (3_600, 0.2), (3_599, 0.3), (905, 0.4), (895, 0.5), (60, 0.6))
    assert noted(desk) == {3_600: 0.2, 900: 0.5, 60: 0.6}


def test_a_rate_that_comes_too_late_says_nothing_of_its_lead() -> None:
    assert noted(predicting(HindsightDesk(), (3_570, 0.1), (869, 0.2))) == {3_600: 0.1}


def test_leads_longer_than_the_interval_are_left_out() -> None:
    desk = HindsightDesk()
    desk.now = SIXTEEN - timedelta(seconds=3_600)
    desk.tell(desk.funding_rate(0.1, settles_at=SIXTEEN, interval_s=1_800)).wait(0)
    desk.now = SIXTEEN - timedelta(seconds=900)
    desk.tell(desk.funding_rate(0.2, settles_at=SIXTEEN, interval_s=1_800)).wait(0)
    assert noted(desk) == {900: 0.2}


def test_what_was_predicted_stands_beside_what_is_settled() -> None:
    desk = settle(predicting(HindsightDesk(), (3_600, 0.0003), (60, 0.0001)), 0.0009, 0.0002)
    assert {each.lead_s: each.settled_rate_per_interval for each in desk.predictions} == {3_600: 0.0002, 60: 0.0002}
    errors = {each.lead_s: each.error for each in desk.predictions}
    assert errors[3_600] == 0.0003 - 0.0002
    assert errors[60] == 0.0001 - 0.0002


def test_a_settlement_stamped_some_milliseconds_off_is_the_same() -> None:
    desk = settle(predicting(HindsightDesk(), (60, 0.0003)), 0.0002, at=SIXTEEN + timedelta(milliseconds=7))
    assert [each.settled_rate_per_interval for each in desk.predictions] == [0.0002]


def test_each_settlement_of_an_outage_gets_its_own_rate() -> None:
    desk = predicting(HindsightDesk(), (60, 0.1))
    predicting(desk, (60, 0.2), settles_at=MIDNIGHT)
    settle(desk, 0.3, 0.4, at=MIDNIGHT, next_at=MIDNIGHT + timedelta(hours=8))
    settled = {each.predicted_rate_per_interval: each.settled_rate_per_interval for each in desk.predictions}
    assert settled == {0.1: 0.3, 0.2: 0.4}


def test_a_settlement_that_is_not_among_those_told_settles_nothing() -> None:
    desk = predicting(HindsightDesk(), (60, 0.1))
    settle(desk, 0.3, at=MIDNIGHT, next_at=MIDNIGHT + timedelta(hours=8))
    settle(desk, 0.2, 0.3, at=SIXTEEN)
    assert [each.settled_rate_per_interval for each in desk.predictions] == [None]


def test_what_is_told_again_changes_nothing() -> None:
    desk = predicting(HindsightDesk(), (60, 0.1), (60, 0.2), (59, 0.3))
    settle(settle(desk, 0.4), 0.5)
    (prediction,) = desk.predictions
    assert (prediction.predicted_rate_per_interval, prediction.settled_rate_per_interval) == (0.1, 0.4)


def test_predictions_outlive_a_restart() -> None:
    again = predicting(HindsightDesk(), (3_600, 0.1), (60, 0.2)).restarted()
    predicting(again, (58, 0.9))
    settled = {each.lead_s: each.settled_rate_per_interval for each in settle(again, 0.4).predictions}
    assert noted(again) == {3_600: 0.1, 60: 0.2}
    assert settled == {3_600: 0.4, 60: 0.4}


def test_nothing_is_settled_where_it_is_not_known_when_rates_were() -> None:
    desk = predicting(HindsightDesk(), (60, 0.1))
    desk.now = SIXTEEN + timedelta(minutes=1)
    desk.tell(desk.funding_rate(settles_at=MIDNIGHT, settled=[0.4], last_settled_at=None)).wait(0)
    assert [each.settled_rate_per_interval for each in desk.predictions] == [None]


def test_symbols_are_told_apart() -> None:
    desk = HindsightDesk()
    desk.now = SIXTEEN - timedelta(seconds=60)
    ether = "ETH/USDT:USDT"
    desk.tell(desk.funding_rate(0.1, settles_at=SIXTEEN), desk.funding_rate(0.2, settles_at=SIXTEEN, symbol=ether))
    settle(desk, 0.3)
    settled = {each.symbol: each.settled_rate_per_interval for each in desk.predictions}
    assert settled == {"BTC/USDT:USDT": 0.3, ether: None}


@given(st.integers(1, 4_000), st.lists(st.integers(1, 45), min_size=1, max_size=60))
def test_a_lead_gets_the_first_rate_from_its_moment_on_if_one_comes_in_time(
    first_before_s: int, pauses_s: list[int]
) -> None:
    desk = HindsightDesk()
    told: dict[int, float] = {}
    before_s = first_before_s
    for number, pause_s in enumerate(pauses_s):
        told[before_s] = float(number)
        before_s -= pause_s
        if before_s <= 0:
            break
    predicting(desk, *told.items())
    wanted = {}
    for lead_s in LEADS_S:
        first = max((each for each in told if each <= lead_s), default=None)
        if first is not None and lead_s - first <= TOLERANCE_S:
            wanted[lead_s] = told[first]
    assert noted(desk) == wanted
