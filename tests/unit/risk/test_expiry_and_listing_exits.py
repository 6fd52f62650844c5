"""A package is closed before a contract in it settles, and after what it holds has left the universe."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.risk.risk_desk import (
    PRICE,
    START,
    RiskDesk,
    closings,
    decision,
    perpetual,
    raw_limits,
    spot,
)

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.contracts.state import HeldLeg
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_risk.domain.records import ApprovalRecord
from poise_risk.domain.rules.parameters import LimitsConfig

DATED = "BTC/USDT:USDT-260106"


def reasons(desk: RiskDesk) -> list[CloseReason | None]:
    return [each.close_reason for each in desk.stored if isinstance(each, ApprovalRecord)]


def future(expires_at: datetime) -> Instrument:
    return perpetual("BTC", symbol=DATED, kind=InstrumentKind.LINEAR_FUTURE, expires_at=expires_at)


def holding_a_future(desk: RiskDesk, expires_at: datetime, **changes: Any) -> RiskDesk:
    desk.universe([(spot("BTC"), future(expires_at), 1)])
    desk.books()
    short = HeldLeg(venue="paper", symbol=DATED, quantity=Decimal(-80), entry_price=PRICE, mark_price=PRICE)
    desk.hold("BTC", short_leg=short, **changes)
    desk.portfolio()
    return desk


@pytest.mark.parametrize(("left_h", "closed"), [(Decimal("24.01"), False), (24, True), (1, True), (-1, True)])
def test_a_dated_contract_is_closed_a_day_before_it_settles(
    desk: RiskDesk, left_h: Decimal | int, *, closed: bool
) -> None:
    holding_a_future(desk, START + timedelta(hours=float(left_h)))
    assert reasons(desk) == ([CloseReason.EXPIRY] if closed else [])


def test_a_strategy_that_waits_for_settlement_is_left_to_it() -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["settle_at_expiry_strategies"] = ["funding_carry"]
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    holding_a_future(desk, START + timedelta(hours=1))
    assert reasons(desk) == []
    desk.hold("BTC", strategy="basis", short_leg=next(iter(desk.held.values())).short_leg)
    desk.portfolio()
    assert reasons(desk) == [CloseReason.EXPIRY]


def test_a_dated_contract_that_left_the_universe_still_has_its_last_day() -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["left_universe_after_s"] = 1_000_000
    desk = holding_a_future(RiskDesk(LimitsConfig.model_validate(raw)).ready(), START + timedelta(hours=24, seconds=1))
    desk.universe([(spot("ETH"), perpetual("ETH"), 1)])
    assert reasons(desk) == []
    desk.wait(1)
    assert reasons(desk) == [CloseReason.EXPIRY]


def test_what_left_the_universe_is_closed_when_nobody_did_so_within_a_minute(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.hold("ETH")
    desk.portfolio()
    desk.now += timedelta(seconds=1)
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.wait(60)
    assert reasons(desk) == []
    outputs = desk.wait(1)
    assert [each.asset for each in closings(outputs)] == ["ETH"]
    assert reasons(desk) == [CloseReason.LEFT_UNIVERSE]
    assert "ETH/USDT left 61 s ago and is still held, allowed 60 s" in decision(outputs).reason


def test_what_comes_back_to_the_universe_stays(desk: RiskDesk) -> None:
    desk.hold("ETH")
    desk.portfolio()
    listed = [(spot("BTC"), perpetual("BTC"), 1), (spot("ETH"), perpetual("ETH"), 1)]
    desk.universe(listed[:1])
    desk.wait(59)
    desk.universe(listed)
    desk.wait(59)
    desk.universe(listed[:1])
    desk.wait(59)
    assert reasons(desk) == []


def test_a_leg_that_left_takes_its_package_with_it_though_the_asset_stays(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.universe([(spot("BTC"), perpetual("BTC", symbol="BTC/USDC:USDC", quote="USDC", settle="USDC"), 1)])
    desk.wait(61)
    assert reasons(desk) == [CloseReason.LEFT_UNIVERSE]


def test_before_any_universe_is_known_nothing_has_left_it() -> None:
    desk = RiskDesk()
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        desk.book(symbol, PRICE)
    desk.venue()
    desk.hold("BTC")
    desk.portfolio()
    desk.now += timedelta(seconds=100)
    for symbol in ("BTC/USDT", "BTC/USDT:USDT"):
        desk.book(symbol, PRICE)
    desk.portfolio()
    assert reasons(desk) == []


def test_after_a_restart_the_time_counts_from_the_first_universe(desk: RiskDesk) -> None:
    desk.hold("ETH")
    again = desk.restarted().ready(tiers={"BTC": 1})
    for symbol in ("ETH/USDT", "ETH/USDT:USDT"):
        again.instruments[("paper", symbol)] = desk.instruments[("paper", symbol)]
    again.wait(60)
    assert reasons(again) == []
    again.wait(1)
    assert reasons(again) == [CloseReason.LEFT_UNIVERSE]


@pytest.mark.parametrize(
    ("sold_at", "bought_back_at", "closed"),
    [("99.99", "100.04", True), ("99.99", "100.05", False), ("100.05", "99.95", True)],
)
def test_a_package_is_closed_when_the_basis_it_could_be_closed_at_is_small_enough(
    sold_at: str, bought_back_at: str, *, closed: bool
) -> None:
    # 5 bps of 99.99 are 0.049995: bought back at 100.04 the basis is 5.0005 bps, and a tick less passes.
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["converged_basis_bps_by_strategy"] = {"basis": "5.001"}
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    desk.book("BTC/USDT", Decimal(sold_at) / Decimal("0.9999"))
    desk.book("BTC/USDT:USDT", Decimal(bought_back_at) / Decimal("1.0001"))
    desk.hold("BTC", strategy="basis")
    desk.portfolio()
    assert reasons(desk) == ([CloseReason.CONVERGED] if closed else [])


def test_convergence_is_measured_at_what_the_whole_package_fetches_and_not_at_the_best_price() -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["converged_basis_bps_by_strategy"] = {"basis": 5}
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    desk.hold("BTC", strategy="basis")
    desk.book("BTC/USDT:USDT", PRICE, quantity=40)
    desk.portfolio()
    assert reasons(desk) == []
    desk.book("BTC/USDT:USDT", PRICE, quantity=80)
    desk.tick()
    assert reasons(desk) == [CloseReason.CONVERGED]


@pytest.mark.parametrize("doubt", ["stale", "too thin"])
def test_a_book_that_tells_no_price_for_the_whole_converges_nothing(doubt: str) -> None:
    raw = raw_limits()
    raw["profiles"]["focused"]["exits"]["converged_basis_bps_by_strategy"] = {"basis": 100}
    desk = RiskDesk(LimitsConfig.model_validate(raw)).ready()
    desk.hold("BTC", strategy="basis")
    if doubt == "stale":
        desk.now += timedelta(seconds=1.5)
        desk.book("BTC/USDT", PRICE)
    else:
        desk.book("BTC/USDT:USDT", PRICE, quantity=39)
    desk.portfolio()
    assert reasons(desk) == []


def test_funding_carry_has_no_convergence_of_its_own(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.book("BTC/USDT:USDT", Decimal(99))
    desk.portfolio()
    assert reasons(desk) == []


def left_by_a_settlement(desk: RiskDesk) -> None:
    """Have the desk hold the spot leg of a package whose future is gone, and has no market any more."""
    expires_at = START + timedelta(seconds=2)
    desk.universe([(spot("BTC"), future(expires_at), 1)])
    desk.books()
    desk.now = expires_at
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    flat = HeldLeg(venue="paper", symbol=DATED, quantity=Decimal(0), entry_price=PRICE, mark_price=PRICE)
    desk.hold("BTC", short_leg=flat, state=PackageState.HALTED)


def test_what_a_settled_contract_hedged_is_closed_though_the_contract_has_no_market_any_more(desk: RiskDesk) -> None:
    left_by_a_settlement(desk)
    desk.book("BTC/USDT", PRICE)
    (approval,) = closings(desk.portfolio())
    assert reasons(desk) == [CloseReason.UNHEDGED]
    assert [(leg.symbol, leg.quantity) for leg in approval.legs] == [("BTC/USDT", 80), (DATED, 0)]
    assert all(leg.limit_price > 0 for leg in approval.legs)


def test_what_is_to_be_sold_still_wants_a_fresh_book(desk: RiskDesk) -> None:
    left_by_a_settlement(desk)
    assert not closings(desk.portfolio())
