"""Running seeded worlds, and what must hold of each of them in the end."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Halt
from poise_common.contracts.execution import LegFilled, OrderSent
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageAction, PackageApproved, PackageDecided, RollApproved, Verdict
from poise_common.contracts.state import PortfolioState, SystemMode
from poise_common.contracts.streams import Service
from poise_common.domain.ids import derived_id
from poise_portfolio.domain.hindsight.records import RefusedPackage
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.instruments import Market

CONFIG = Path(__file__).resolve().parents[2] / "config"
TRADED = {"BTC", "SOL", "XRP", "DOGE", "USDC"}
TRADING_TIME = timedelta(seconds=25)
SETTLING_TIME = timedelta(seconds=14)
"""Longer than the pause between two account reports and the time an unanswered order may take."""
KILLING_TIME = timedelta(seconds=4)
"""Processes are still lost so long after the halt; then comes the time to settle."""

Kind = TypeVar("Kind", bound=Message)


def run_world(seed: int, *, kills: int = 0) -> World:
    """Let a world trade, halt it, and let it settle; processes are lost until a while after the halt."""
    assets = tuple(asset for asset in CATALOGUE if asset.base in TRADED)
    ends_at = START + TRADING_TIME
    kills_until = ends_at + KILLING_TIME
    world = World(seed, WorldOptions(CONFIG, assets=assets, kills=kills, kills_until=kills_until))
    world.desk.run_until(ends_at)
    order_id = derived_id(world.published[0].id, "halt")
    world.desk.order(Halt.first(order_id, "console", world.desk.now, operator="test", reason="the time is up"))
    world.desk.run_until((kills_until if kills else ends_at) + SETTLING_TIME)
    return world


def of_type(world: World, kind: type[Kind]) -> list[Kind]:
    """Return the messages of a type, each once however often it was told."""
    return list({message.id: message for message in world.published if isinstance(message, kind)}.values())


def check(world: World) -> None:
    """Fail unless the books are in order, and a candidate never had two packages."""
    check_books(world)
    _a_candidate_has_one_package_at_a_time(world)


def check_books(world: World) -> None:
    """Fail unless ledger and venue agree, and every order was approved and reached the venue once."""
    _every_fill_is_on_the_ledger_once(world)
    _balances_are_explained(world)
    _positions_are_the_packages(world)
    _every_order_was_approved_and_sent_once(world)
    assert world.desk.mode is SystemMode.HALTED


def _every_fill_is_on_the_ledger_once(world: World) -> None:
    venue_trades = Counter(
        (fill.symbol, fill.market is Market.FUTURES, str(fill.trade_id), fill.quantity, fill.price, fill.commission)
        for market in Market
        for fill in world.exchange.trades("paper", market, limit=1_000_000)
    )
    told_trades = Counter(
        (_venue_symbol(fill.symbol), ":" in fill.symbol, fill.trade_id, fill.quantity, fill.price, fill.fee)
        for fill in of_type(world, LegFilled)
    )
    assert told_trades == venue_trades
    assert _portfolio(world).fills == world.exchange.ledger_count("paper").fills


def _balances_are_explained(world: World) -> None:
    assert abs(_portfolio(world).ledger_residual_usd) <= Decimal("0.01")


def _positions_are_the_packages(world: World) -> None:
    packages = _portfolio(world).packages
    held: dict[str, Decimal] = {}
    for package in packages:
        symbol = _venue_symbol(package.short_leg.symbol)
        held[symbol] = held.get(symbol, Decimal(0)) + package.short_leg.quantity
    positions = world.exchange.account("paper").futures.positions
    assert {symbol: quantity for symbol, quantity in held.items() if quantity} == {
        symbol: position.quantity for symbol, position in positions.items() if position.quantity
    }
    assert {package.state.value for package in packages} <= {"open", "halted"}, "nothing is left between states"


def _every_order_was_approved_and_sent_once(world: World) -> None:
    at_venue = world.exchange.ledger_count("paper").orders_by_client_order_id
    assert max(at_venue.values(), default=1) == 1
    halves = [half for roll in of_type(world, RollApproved) for half in (roll.closing, roll.opening)]
    approved_alone = of_type(world, PackageApproved)
    approvals = {message.approval.approval_id: message.approval for message in (*approved_alone, *halves)}
    sent = {message.client_order_id: message for message in of_type(world, OrderSent)}
    assert at_venue.keys() <= sent.keys()
    for order in sent.values():
        approved = {leg.symbol: leg.quantity for leg in approvals[order.approval_id].legs}
        assert order.quantity <= approved[order.symbol]


def _a_candidate_has_one_package_at_a_time(world: World) -> None:
    for state in of_type(world, PortfolioState):
        held = Counter((package.strategy, package.asset, package.long_leg.venue) for package in state.packages)
        assert max(held.values(), default=1) == 1


def _every_refusal_is_counted_in_hindsight_once(world: World) -> None:
    refusals = [
        decided
        for decided in of_type(world, PackageDecided)
        if decided.action is PackageAction.OPEN and decided.verdict is Verdict.REJECTED
    ]
    records = world.desk.records(Service.PORTFOLIO)
    followed = {record.refusal_id: record for record in records if isinstance(record, RefusedPackage)}
    assert sum(package.refusals for package in followed.values()) == len(refusals)


def _portfolio(world: World) -> PortfolioState:
    return of_type(world, PortfolioState)[-1]


def _venue_symbol(symbol: str) -> str:
    pair, _, settled = symbol.partition(":")
    _, _, date = settled.partition("-")
    return pair.replace("/", "") + (f"_{date}" if date else "")
