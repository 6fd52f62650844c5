"""The exits risk watches itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.risk.risk_desk import START, RiskDesk, closings, decision, raw_limits

from poise_common.contracts.control import Halt
from poise_common.contracts.packages import CloseReason, PackageState
from poise_risk.domain.records import ApprovalRecord
from poise_risk.domain.rules.parameters import LimitsConfig


def reasons(desk: RiskDesk) -> list[CloseReason | None]:
    """Why packages were closed so far."""
    return [each.close_reason for each in desk.stored if isinstance(each, ApprovalRecord)]


# Each package's exposure is 8,000: 2 % of it is 160, 5 % is 400.
@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"unrealised_pnl_usd": Decimal(160)}, [CloseReason.PROFIT_TARGET]),
        ({"unrealised_pnl_usd": Decimal(159)}, []),
        ({"unrealised_pnl_usd": Decimal(100), "funding_usd": Decimal(68), "fees_usd": Decimal(8)}, ["profit_target"]),
        ({"unrealised_pnl_usd": Decimal(165), "fees_usd": Decimal(8)}, []),
        ({"unrealised_pnl_usd": Decimal(-400)}, [CloseReason.STOP_LOSS]),
        ({"unrealised_pnl_usd": Decimal(-392), "fees_usd": Decimal(8)}, [CloseReason.STOP_LOSS]),
        ({"unrealised_pnl_usd": Decimal(-399)}, []),
        ({"opened_at": START - timedelta(days=7, seconds=1)}, [CloseReason.AGE]),
        ({"opened_at": START - timedelta(days=7)}, []),
    ],
)
def test_a_package_is_closed_at_its_target_its_stop_and_its_age(
    desk: RiskDesk, made: dict[str, Any], expected: list[CloseReason]
) -> None:
    desk.hold("BTC", 8_000, **made)
    desk.portfolio()
    assert reasons(desk) == expected


def test_a_strategy_can_have_its_own_age() -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["age_max_days_by_strategy"] = {"funding_carry": 1}
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    desk.hold("BTC", opened_at=START - timedelta(days=2))
    desk.hold("ETH", opened_at=START - timedelta(days=2), strategy="basis")
    desk.portfolio()
    assert [each.asset for each in closings(desk.published)] == ["BTC"]


def test_a_depeg_of_two_per_cent_closes_what_is_settled_in_the_coin(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.books(peg=1.015)
    desk.tick()
    assert reasons(desk) == []
    desk.books(peg=1.03)
    desk.tick()
    assert reasons(desk) == [CloseReason.DEPEG]


def test_a_peg_of_unknown_price_closes_nothing(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.books(peg=1.03)
    desk.now += timedelta(seconds=11)
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        desk.book(symbol, Decimal(100))
    desk.portfolio()
    assert reasons(desk) == []


@pytest.mark.parametrize(("balance", "expected"), [(1_292, []), (1_291, [CloseReason.LIQUIDATION_DISTANCE])])
def test_a_short_too_near_its_liquidation_is_closed(desk: RiskDesk, balance: int, expected: list[CloseReason]) -> None:
    # 8,000 short need 80; 15 % away is 0.15 x 8,000 x 1.01 = 1,212 more.
    desk.hold("BTC", 8_000)
    desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(balance)),))
    assert reasons(desk) == expected


def test_an_exit_goes_through_the_gate_and_is_decided(desk: RiskDesk) -> None:
    desk.hold("BTC", unrealised_pnl_usd=Decimal(-500))
    outputs = desk.portfolio()
    decided = decision(outputs)
    (approval,) = closings(outputs)
    assert decided.approval_id == approval.approval_id
    assert decided.reason == (
        "closing: stop_loss (-6.25 % of its exposure, stop at -5 %); expected slippage 1.0 bps, 1.60 USD"
    )
    assert {each.limit for each in decided.checks} >= {"quantity_held", "books_fresh"}
    # Sold no lower than 40 bps below the bid of 99.99 (99.59004), bought no higher than 100.41004.
    assert [leg.limit_price for leg in approval.legs] == [Decimal("99.60"), Decimal("100.41")]


def test_an_exit_under_way_is_not_repeated(desk: RiskDesk) -> None:
    desk.hold("BTC", unrealised_pnl_usd=Decimal(-500))
    desk.portfolio()
    for _ in range(10):
        desk.wait(1)
    assert reasons(desk) == [CloseReason.STOP_LOSS]


def test_a_package_that_is_opening_or_closing_is_left_alone(desk: RiskDesk) -> None:
    for state in (PackageState.OPENING, PackageState.CLOSING):
        desk.hold("BTC", unrealised_pnl_usd=Decimal(-500), state=state)
    desk.portfolio()
    assert reasons(desk) == []


def test_a_halted_desk_takes_no_exits_by_itself(desk: RiskDesk) -> None:
    desk.command(Halt)
    desk.hold("BTC", unrealised_pnl_usd=Decimal(-500))
    desk.portfolio()
    assert reasons(desk) == []


def test_a_reduction_that_would_leave_too_little_closes_the_whole(desk: RiskDesk) -> None:
    # Half of 8 USD is below the 5 USD that the venue takes.
    desk.hold("BTC", 8)
    thin = desk.account(maintenance_margin_usd=Decimal(30_000))
    (approval,) = closings(desk.portfolio(accounts=(thin,)))
    assert [leg.quantity for leg in approval.legs] == [Decimal("0.08"), Decimal("0.08")]
