"""Packages whose legs stand at two venues: each venue's account, limits and locks count for what stands there."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import WATCHED, RiskDesk, check, closings, decision, every, figures, perpetual, spot

from poise_common.contracts.packages import CloseReason, OpenPackage, PackageApproved, Verdict

VENUES = ("paper", "paper_okx")


@pytest.fixture
def desk(desk: RiskDesk) -> RiskDesk:
    """The desk with BTC and ETH at a second venue too."""
    listed = [(spot(asset, venue), perpetual(asset, venue), 1) for asset in ("BTC", "ETH") for venue in VENUES]
    desk.venues = VENUES
    desk.universe(listed)
    desk.books(received_at=desk.now - WATCHED)
    desk.books()
    desk.repeat_correlations()
    for venue in VENUES:
        desk.venue(venue)
    desk.portfolio()
    return desk


def across(desk: RiskDesk, exposure_usd: int = 8_000, asset: str = "BTC") -> OpenPackage:
    """Ask for an asset's perpetual at one venue against that at the other."""
    legs = {
        "long": {"symbol": f"{asset}/USDT:USDT"},
        "short": {"symbol": f"{asset}/USDT:USDT", "venue": "paper_okx"},
    }
    return desk.request(asset, exposure_usd, strategy="cross_venue_basis", **legs)


def test_one_asset_at_two_venues_is_let_in(desk: RiskDesk) -> None:
    (approved,) = every(desk.send(across(desk)), PackageApproved)
    assert [(leg.venue, leg.symbol) for leg in approved.approval.legs] == [
        ("paper", "BTC/USDT:USDT"),
        ("paper_okx", "BTC/USDT:USDT"),
    ]


@pytest.mark.parametrize("poor", VENUES)
def test_each_leg_needs_margin_at_its_own_venue(desk: RiskDesk, poor: str) -> None:
    accounts = [desk.account(venue, margin_balance_usd=Decimal(1_000 if venue == poor else 40_000)) for venue in VENUES]
    desk.portfolio(accounts=tuple(accounts))
    outputs = desk.send(across(desk))
    leverage, distance = check(outputs, "effective_leverage"), check(outputs, "liquidation_distance")
    assert (leverage.passed, leverage.value, leverage.detail) == (False, 8, poor)
    assert (distance.passed, distance.detail) == (False, f"at least, {poor}:BTC/USDT:USDT")
    assert decision(outputs).verdict is not Verdict.APPROVED


@pytest.mark.parametrize("locked", VENUES)
def test_a_lock_of_either_venue_keeps_the_package_out(desk: RiskDesk, locked: str) -> None:
    desk.venue(locked, reconciled_at=None)
    assert locked in check(desk.send(across(desk)), "venues_reconciled").detail


def test_an_account_of_which_nothing_is_known_keeps_the_package_out(desk: RiskDesk) -> None:
    desk.portfolio(accounts=(desk.account("paper"),))
    assert check(desk.send(across(desk)), "instruments_known").detail == "unknown: paper_okx:BTC/USDT:USDT"


def test_the_pair_of_venues_has_its_own_limit_and_each_venue_its_own(desk: RiskDesk) -> None:
    desk.hold("ETH", 9_000)
    desk.portfolio()
    desk.show(desk.approved(across(desk, 8_000)))
    outputs = desk.send(across(desk, 2_000, "ETH"))
    pair, venue = check(outputs, "venue_pair"), check(outputs, "one_venue")
    assert figures(pair.value, pair.allowed) == (10_000, 50_000)
    assert pair.detail == "paper-paper_okx"
    assert figures(venue.value) == (19_000,)
    assert venue.detail == "paper"


@pytest.mark.parametrize("thin", VENUES)
def test_thin_margin_at_either_venue_shrinks_the_package_once_until_it_is_measured_again(
    desk: RiskDesk, thin: str
) -> None:
    approval = desk.approved(across(desk))
    desk.opened(approval)
    desk.show(approval)
    accounts = tuple(
        desk.account(venue, maintenance_margin_usd=Decimal(30_000 if venue == thin else 0)) for venue in VENUES
    )
    (reduction,) = closings(desk.portfolio(accounts=accounts))
    assert [leg.quantity for leg in reduction.legs] == [40, 40]
    (told,) = [each for each in desk.published if getattr(each, "close_reason", None) is CloseReason.MARGIN]
    assert thin in told.reason  # type: ignore[attr-defined]  # a decision
    desk.closed_partly(reduction, Decimal(40))
    assert not closings(desk.portfolio(accounts=accounts))


def test_silence_of_either_venue_while_holding_there_is_a_danger(desk: RiskDesk) -> None:
    approval = desk.approved(across(desk))
    desk.opened(approval)
    desk.show(approval)
    for _ in range(40):
        desk.now += WATCHED / 10
        desk.book("BTC/USDT:USDT", Decimal(100), venue="paper")
        desk.portfolio()
        desk.tick()
    assert desk.state.mode.value == "halted"
    assert "paper_okx" in desk.state.reason
