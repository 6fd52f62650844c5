from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import RoundTripFees, round_trip_fees
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.strategies.funding_carry import FundingCarryParameters
from poise_signals.domain.strategy.economics import round_trip_at_thresholds

TAKER = RoundTripFees(0.0005, 0.0005, 0.0005, 0.0005)
MAKER_EXIT = RoundTripFees(0.0005, 0.0005, 0.0002, 0.0002)


def test_the_sum_at_the_thresholds_by_hand() -> None:
    # sold at 0.10 + 0.20 + 0.02 = 0.32 %, bought back at 0.01 %,
    # fees 0.05 + 0.05 x 1.0032 + 0.05 + 0.05 x 1.0001 = 0.200165 %; 0.32 - 0.01 - 0.200165 = 0.109835 %
    result = round_trip_at_thresholds(
        enter_net_yield=0.0010, exit_edge_left=0.0001, safety_buffer=0.0002, counted=TAKER, paid=TAKER
    )
    assert result.profit == pytest.approx(0.00109835, abs=1e-9)


def test_hoped_for_maker_exits_leave_less_when_the_exit_has_to_take() -> None:
    # sold at 0.10 + 0.14 + 0.02 = 0.26 %: 0.26 - 0.01 - 0.200135 = 0.049865 %
    result = round_trip_at_thresholds(
        enter_net_yield=0.0010, exit_edge_left=0.0001, safety_buffer=0.0002, counted=MAKER_EXIT, paid=TAKER
    )
    assert result.profit == pytest.approx(0.00049865, abs=1e-8)


def test_the_shipped_config_earns_its_fees(shipped: Callable[..., StrategiesConfig]) -> None:
    carry = shipped().block("funding_carry")
    assert isinstance(carry, FundingCarryParameters)
    assert carry.enter_net_yield_pct == 0.10


@pytest.mark.parametrize(
    ("carry", "costs"),
    [
        ({"enter_net_yield_pct": -0.02, "exit_edge_left_pct": 0.01}, {}),
        ({"enter_net_yield_pct": 0.10, "exit_edge_left_pct": 0.13}, {}),
        ({"enter_net_yield_pct": 0.04, "exit_edge_left_pct": 0.01}, {"exit_order": "post_only"}),
    ],
)
def test_thresholds_that_lose_are_refused_with_the_sum_and_with_what_would_pass(
    shipped: Callable[..., StrategiesConfig], carry: dict[str, float], costs: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as refusal:
        shipped(funding_carry=carry, costs=costs)
    text = str(refusal.value)
    assert "premium sold" in text
    assert "= -" in text
    passing = float(text.split("enter_net_yield_pct above ")[1].split(" ", maxsplit=1)[0])
    shipped(funding_carry=carry | {"enter_net_yield_pct": passing + 0.001}, costs=costs)
    with pytest.raises(ValidationError):
        shipped(funding_carry=carry | {"enter_net_yield_pct": passing - 0.001}, costs=costs)


def test_fees_come_from_each_legs_own_schedule(spot: Callable[..., Any], perpetual: Callable[..., Any]) -> None:
    long = spot(taker_fee="0.0010", maker_fee="0.0008")
    short = perpetual(taker_fee="0.0004", maker_fee="0.0002")
    assert round_trip_fees(long, short, OrderStyle.IOC) == (0.0010, 0.0004, 0.0010, 0.0004)
    assert round_trip_fees(long, short, OrderStyle.POST_ONLY) == (0.0010, 0.0004, 0.0008, 0.0002)


def test_an_unordered_buffer_a_size_that_cannot_be_and_overlapping_requests_are_refused(
    shipped: Callable[..., StrategiesConfig],
) -> None:
    with pytest.raises(ValidationError, match="ascending"):
        shipped(costs={"safety_buffer": {"floor_bps": 4}})
    with pytest.raises(ValidationError, match="no size would pass"):
        shipped(sizing={"min_usd": 200_000})
    with pytest.raises(ValidationError, match="alive at once"):
        shipped(timing={"request_expires_after_s": 10})
