"""The whole desk rolls cash and carry over a bus and a network that misbehave, losing processes."""

from datetime import timedelta

import pytest
from tests.simulation.worlds import CONFIG, SETTLING_TIME, check_books, of_type

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Halt
from poise_common.contracts.execution import LegFilled, LongLegPassedOn, PackageOpened
from poise_common.contracts.packages import LegRole, RollApproved
from poise_common.domain.ids import derived_id
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.dated.terms import DatedTerms

EXPIRY_S = 120
DATED = DatedTerms(assets=("BTC", "ETH"), first_expiry_s=EXPIRY_S)
"""A month's convergence in two minutes; the next quarters come after it."""
IN_MINUTES = {
    "POISE_STRATEGIES__FUNDING_CARRY__ENABLED": "false",
    "POISE_STRATEGIES__CASH_AND_CARRY__DAYS_TO_EXPIRY_MIN": "0.0007",
    "POISE_STRATEGIES__CASH_AND_CARRY__LEAVE_BEFORE_EXPIRY_H": "0.008",
    "POISE_STRATEGIES__CASH_AND_CARRY__ROLL_BEFORE_EXPIRY_H": "0.022",
    "POISE_STRATEGIES__CASH_AND_CARRY__ENTER_NET_APR_PCT": "0",
    "POISE_STRATEGIES__CASH_AND_CARRY__EXIT_EDGE_LEFT_PCT": "0",
    "POISE_LIMITS__PROFILES__FOCUSED__EXITS__CLOSE_BEFORE_EXPIRY_H": "0.004",
}
ASSETS = {"BTC", "ETH", "USDC"}
ENDS_AT = START + timedelta(seconds=EXPIRY_S - 30)


def rolled(seed: int, kills: int = 0) -> World:
    """Let a desk hold the short contract until it has come near its expiry, halt it, and let it settle."""
    assets = tuple(asset for asset in CATALOGUE if asset.base in ASSETS)
    options = WorldOptions(CONFIG, assets=assets, dated=DATED, environment=IN_MINUTES, kills=kills, kills_until=ENDS_AT)
    world = World(seed, options)
    world.desk.run_until(ENDS_AT)
    order_id = derived_id(world.published[0].id, "halt")
    world.desk.order(Halt.first(order_id, "console", world.desk.now, operator="test", reason="the time is up"))
    world.desk.run_until(ENDS_AT + SETTLING_TIME)
    return world


@pytest.mark.parametrize(("seed", "kills"), [(7, 0), (3, 6), (4, 6)])
def test_a_desk_rolls_and_its_ledger_is_the_venues(seed: int, kills: int) -> None:
    world = rolled(seed, kills)
    check_books(world)
    assert bool(world.killed) is bool(kills)
    (passed_on,) = of_type(world, LongLegPassedOn)
    rolls = {roll.opening.approval.package_id: roll for roll in of_type(world, RollApproved)}
    roll = rolls[passed_on.to_package_id]
    near, far = (half.approval.legs[1].symbol for half in (roll.closing, roll.opening))
    assert near < far, "by their dates"
    successor = next(each for each in of_type(world, PackageOpened) if each.package_id == passed_on.to_package_id)
    assert successor.rolled_from == passed_on.from_package_id
    assert successor.short_leg.symbol == far
    bought = [
        fill
        for fill in of_type(world, LegFilled)
        if fill.package_id == passed_on.to_package_id and fill.role is LegRole.LONG
    ]
    assert bought == [], "the spot was there"
