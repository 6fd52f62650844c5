"""How many packages, and of which tier."""

import pytest
from tests.unit.risk.risk_desk import RiskDesk, check, decision, figures, limits_with

from poise_common.contracts.packages import Verdict


def test_the_sixth_package_waits(desk: RiskDesk) -> None:
    for asset in ("BTC", "BTC", "ETH", "ETH", "BTC"):
        desk.hold(asset, 2_000)
    desk.portfolio()
    outputs = desk.send(desk.request("ETH", 2_000))
    assert figures(check(outputs, "packages_open").value, check(outputs, "packages_open").allowed) == (6, 5)
    assert decision(outputs).binding_limit == "packages_open"


def test_a_reservation_takes_a_slot(desk: RiskDesk) -> None:
    for asset in ("BTC", "BTC", "ETH", "ETH", "BTC"):
        desk.open(asset, 2_000)
    assert decision(desk.send(desk.request("ETH", 2_000))).binding_limit == "packages_open"


@pytest.mark.parametrize(("held", "asked"), [(("SOL", "BNB"), "XRP"), (("ADA",), "DOT")])
def test_a_tier_has_no_more_than_its_slots(desk: RiskDesk, held: tuple[str, ...], asked: str) -> None:
    for asset in held:
        desk.hold(asset, 2_000)
    desk.portfolio()
    outputs = desk.send(desk.request(asked, 2_000))
    assert decision(outputs).binding_limit == "tier_slots"
    assert check(outputs, "tier_slots").value == len(held) + 1


def test_two_slots_stay_free_for_tier_1() -> None:
    desk = RiskDesk(limits_with(slots={"reserved_for_tier_1": 2, "tier_2_max": 3, "tier_3_max": 3})).ready()
    for asset in ("SOL", "BNB", "ADA"):
        desk.hold(asset, 2_000)
    desk.portfolio()
    outputs = desk.send(desk.request("DOT", 2_000))
    measured = check(outputs, "tier_slots")
    assert figures(measured.value, measured.allowed, measured.detail) == (4, 3, "outside tier 1")
    assert decision(desk.send(desk.request("BTC", 2_000))).verdict is Verdict.APPROVED


def test_the_universes_tier_counts_and_not_the_requests(desk: RiskDesk) -> None:
    desk.hold("ADA", 2_000)
    desk.portfolio()
    assert decision(desk.send(desk.request("DOT", 2_000, tier=1))).binding_limit == "tier_slots"


def test_slots_can_be_off() -> None:
    desk = RiskDesk(limits_with(slots=None)).ready()
    for asset in ("ADA", "DOT", "XRP"):
        desk.hold(asset, 2_000)
    desk.portfolio()
    assert decision(desk.send(desk.request("SOL", 2_000))).verdict is Verdict.APPROVED
