"""All five cores and the matching core on a virtual clock, over a bus and a network that misbehave, from a seed."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Halt
from poise_common.contracts.execution import (
    LegFilled,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageApproved
from poise_common.contracts.state import PortfolioState, SystemMode
from poise_common.domain.ids import derived_id
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.instruments import Market

CONFIG = Path(__file__).resolve().parents[2] / "config"
SEEDS = range(1, 101)
TRADED = {"BTC", "SOL", "XRP", "DOGE", "USDC"}
TRADING_TIME = timedelta(seconds=25)
SETTLING_TIME = timedelta(seconds=14)
"""Longer than the pause between two account reports and the time an unanswered order may take."""

Kind = TypeVar("Kind", bound=Message)


def run_world(seed: int) -> World:
    assets = tuple(asset for asset in CATALOGUE if asset.base in TRADED)
    world = World(seed, WorldOptions(CONFIG, assets=assets))
    world.desk.run_until(START + TRADING_TIME)
    order_id = derived_id(world.published[0].id, "halt")
    world.desk.order(Halt.first(order_id, "console", world.desk.now, operator="test", reason="the time is up"))
    world.desk.run_until(START + TRADING_TIME + SETTLING_TIME)
    return world


def of_type(world: World, kind: type[Kind]) -> list[Kind]:
    return [message for message in world.published if isinstance(message, kind)]


def _venue_symbol(symbol: str) -> str:
    return symbol.split(":", maxsplit=1)[0].replace("/", "")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_is_the_venues_and_every_order_was_approved_once(seed: int) -> None:
    world = run_world(seed)
    venue = world.exchange.ledger_count("paper")
    portfolio = of_type(world, PortfolioState)[-1]

    # Every fill of the venue is on the ledger, once.
    venue_trades = Counter(
        (fill.symbol, fill.market is Market.FUTURES, str(fill.trade_id), fill.quantity, fill.price, fill.commission)
        for market in Market
        for fill in world.exchange.trades("paper", market, limit=1_000_000)
    )
    told = {fill.id: fill for fill in of_type(world, LegFilled)}.values()
    ledger_trades = Counter(
        (
            fill.symbol.split(":", maxsplit=1)[0].replace("/", ""),
            ":" in fill.symbol,
            fill.trade_id,
            fill.quantity,
            fill.price,
            fill.fee,
        )
        for fill in told
    )
    assert ledger_trades == venue_trades
    assert portfolio.fills == venue.fills

    # The venue's balances hold what fills, fees and funding explain.
    assert abs(portfolio.ledger_residual_usd) <= Decimal("0.01")

    # What packages hold of each perpetual is the venue's position in it.
    held: Counter[str] = Counter()
    for package in portfolio.packages:
        held[_venue_symbol(package.short_leg.symbol)] += package.short_leg.quantity  # type: ignore[assignment]  # a counter of decimals
    positions = world.exchange.account("paper").futures.positions
    assert {symbol: quantity for symbol, quantity in held.items() if quantity} == {
        symbol: position.quantity for symbol, position in positions.items() if position.quantity
    }

    # No order twice, none without an approval, none larger than approved.
    assert max(venue.orders_by_client_order_id.values(), default=1) == 1
    approvals = {message.approval.approval_id: message.approval for message in of_type(world, PackageApproved)}
    sent = {message.client_order_id: message for message in of_type(world, OrderSent)}
    assert venue.orders_by_client_order_id.keys() <= sent.keys()
    for order in sent.values():
        approved = {leg.symbol: leg.quantity for leg in approvals[order.approval_id].legs}
        assert order.quantity <= approved[order.symbol]

    # Nothing is left between states, and nothing new began after the halt.
    assert portfolio.packages == () or {package.state.value for package in portfolio.packages} <= {"open", "halted"}
    assert world.desk.mode is SystemMode.HALTED


def test_the_worlds_trade_and_their_faults_strike() -> None:
    """The invariants above would hold of a desk that does nothing: these worlds open, close, and suffer."""
    worlds = [run_world(seed) for seed in SEEDS[:4]]
    assert sum(len(of_type(world, PackageOpened)) for world in worlds) >= 8
    assert sum(len(of_type(world, PackageClosed)) for world in worlds) >= 4
    assert sum(world.duplicates_delivered for world in worlds) > 25
    assert sum(world.answers_lost for world in worlds) >= 2
    outcomes = {type(message) for world in worlds for message in world.published}
    assert outcomes & {PackageAborted, PackageHalted, PackageOpened}


def test_the_same_seed_gives_the_same_hash_and_another_seed_another() -> None:
    first, again, other = run_world(7), run_world(7), run_world(8)
    assert first.desk.digest == again.desk.digest
    assert first.desk.digest != other.desk.digest
