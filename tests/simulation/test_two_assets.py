"""The whole desk opens packages of two assets and closes them, over a bus and a network that misbehave."""

from datetime import timedelta
from decimal import Decimal
from functools import cache

import pytest
from tests.simulation.worlds import CONFIG, SETTLING_TIME, TRADED, check_books, of_type

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Flatten
from poise_common.contracts.execution import PackageOpened
from poise_common.contracts.legs import LegTerms, money, ordered_legs
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.packages import OpenPackage, PackageAction
from poise_common.contracts.state import PortfolioState
from poise_common.domain.hedge import Hedge
from poise_common.domain.hedged_quantities import opening_quantities
from poise_common.domain.ids import derived_id
from poise_simulator.domain.assets import CATALOGUE

WORLDS = ((1, 0), (2, 6), (3, 6))
"""Seeds, and how many processes are lost."""
PAIRS = (("BTC", "SOL"), ("XRP", "DOGE"), ("SOL", "XRP"))
FIRST_AT, EVERY = timedelta(seconds=9), timedelta(seconds=4)
NOTIONAL_USD = Decimal(3_000)
COLLAR_BPS = Decimal(20)
NO_CARRY = {"POISE_STRATEGIES__FUNDING_CARRY__ENTER_NET_YIELD_PCT": "5"}


@cache
def traded(seed: int, kills: int) -> World:
    """Ask for one pair after the other, then for everything to be closed, and let the world settle."""
    assets = tuple(asset for asset in CATALOGUE if asset.base in TRADED)
    flat_by = START + FIRST_AT + EVERY * len(PAIRS) + SETTLING_TIME
    options = WorldOptions(CONFIG, assets=assets, environment=NO_CARRY, kills=kills, kills_until=flat_by)
    world = World(seed, options)
    for number, pair in enumerate(PAIRS):
        world.desk.run_until(START + FIRST_AT + EVERY * number)
        world.desk.order(asked(world, number, *pair))
    world.desk.run_until(START + FIRST_AT + EVERY * len(PAIRS))
    order_id = derived_id(world.published[0].id, "flatten")
    world.desk.order(Flatten.first(order_id, "console", world.desk.now, operator="test", reason="the time is up"))
    world.desk.run_until(flat_by + SETTLING_TIME)
    return world


def asked(world: World, number: int, long_asset: str, short_asset: str) -> OpenPackage:
    """Ask for one asset's spot against another's perpetual, by the dollars that their newest books have."""
    long, short = listing(world, long_asset).spot, listing(world, short_asset).hedge
    long_book, short_book = book(world, long.symbol), book(world, short.symbol)
    long_price, short_price = long_book.asks[0].price, short_book.bids[0].price
    hedge = Hedge(money(long_price / short_price))
    quantities = opening_quantities(long, short, NOTIONAL_USD, money(long_price), money(short_price), hedge=hedge)
    legs = ordered_legs(
        PackageAction.OPEN,
        LegTerms(long, quantities.long, long_price, long_book.venue_time),
        LegTerms(short, quantities.short, short_price, short_book.venue_time),
        COLLAR_BPS,
    )
    assert not isinstance(legs, str)
    now = world.desk.now
    id_ = derived_id(world.published[0].id, "pair", str(number))
    return OpenPackage.first(
        id_, "signals", now, package_id=derived_id(id_, "package"), strategy="pairs", asset=long_asset, tier=1,
        long_leg=legs.long, short_leg=legs.short, hedge_ratio=hedge.ratio, net_yield=Decimal("0.002"),
        expected_funding=Decimal(0), net_apr=Decimal("0.3"), edge_score=Decimal("0.3"), requested_at=now,
        expires_at=now + timedelta(seconds=2),
    )  # fmt: skip


def listing(world: World, asset: str) -> UniverseAsset:
    newest = [message for message in world.published if isinstance(message, Universe)][-1]
    return next(each for each in newest.assets if each.asset == asset)


def book(world: World, symbol: str) -> OrderBook:
    books = (message for message in reversed(world.published) if isinstance(message, OrderBook))
    return next(message for message in books if message.symbol == symbol)


@pytest.mark.parametrize(("seed", "kills"), WORLDS)
def test_what_two_assets_left_is_the_venues_to_the_cent_and_all_of_it_is_closed(seed: int, kills: int) -> None:
    world = traded(seed, kills)
    check_books(world)
    assert of_type(world, PortfolioState)[-1].packages == ()


def test_pairs_are_opened_hedged_by_their_ratio() -> None:
    opened = [message for world in WORLDS for message in of_type(traded(*world), PackageOpened)]
    assert len(opened) >= 5
    for package in opened:
        assert package.hedge_ratio != 1
        assert abs(package.residual_delta_usd) <= 50
        residual = Hedge(package.hedge_ratio).residual(package.long_leg.held_quantity, package.short_leg.held_quantity)
        assert package.residual_delta == residual
