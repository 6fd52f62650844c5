"""The five cores over two exchanges of one world: packages with legs at both, and books that close at both."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.simulation.worlds import CONFIG, SETTLING_TIME, of_type

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Halt
from poise_common.contracts.execution import LegFilled, PackageClosed, PackageOpened
from poise_common.contracts.state import PortfolioState
from poise_common.domain.ids import derived_id
from poise_simulator.domain.assets import CATALOGUE

SECOND = "paper_okx"
ASSETS = tuple(asset for asset in CATALOGUE if asset.base in {"BTC", "SOL", "USDC"})
BESIDE = {SECOND: tuple(asset for asset in ASSETS if not asset.is_pegged)}
ACROSS_ALONE = {
    "POISE_STRATEGIES__FUNDING_CARRY__ENABLED": "false",
    "POISE_STRATEGIES__CASH_AND_CARRY__ENABLED": "false",
}


def across(seed: int, kills: int = 0) -> World:
    """Let a desk trade between the venues, halt it, and let it settle."""
    over_at = START + timedelta(seconds=60)
    options = WorldOptions(
        CONFIG, assets=ASSETS, beside=BESIDE, environment=ACROSS_ALONE, kills=kills, kills_until=over_at
    )
    world = World(seed, options)
    world.desk.run_until(over_at)
    order_id = derived_id(world.published[0].id, "halt")
    world.desk.order(Halt.first(order_id, "console", world.desk.now, operator="test", reason="the time is up"))
    world.desk.run_until(over_at + SETTLING_TIME)
    return world


def check_each_venue(world: World) -> None:
    portfolio = of_type(world, PortfolioState)[-1]
    told = Counter(fill.venue for fill in of_type(world, LegFilled))
    for venue, exchange in world.exchanges.items():
        count = exchange.ledger_count("paper")
        assert told[venue] == count.fills
        assert max(count.orders_by_client_order_id.values(), default=1) == 1
    assert {account.venue for account in portfolio.accounts} == world.exchanges.keys()
    assert all(account.ledger_residual_usd <= Decimal("0.01") for account in portfolio.accounts)
    assert {package.state.value for package in portfolio.packages} <= {"open"}


@pytest.mark.parametrize(("seed", "kills"), [(1, 0), (6, 4)])
def test_packages_across_venues_come_and_go_and_each_venues_books_close(seed: int, kills: int) -> None:
    world = across(seed, kills)
    opened = of_type(world, PackageOpened)
    assert opened
    assert all({package.long_leg.venue, package.short_leg.venue} == {"paper", SECOND} for package in opened)
    assert of_type(world, PackageClosed)
    check_each_venue(world)
