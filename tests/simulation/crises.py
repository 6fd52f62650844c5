"""Seeded worlds that are struck by a scenario while something is held, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from tests.simulation.worlds import CONFIG

from poise.simulation.exchange_effects import NetworkFaults
from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.execution import PackageClosed
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageAction, PackageDecided, Verdict
from poise_common.contracts.state import PortfolioState
from poise_common.domain.clock import from_ms
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.views import ScenarioView

TRADED = {"BTC", "ETH", "SOL", "XRP", "DOGE", "AVAX", "USDC"}
FUNDING_INTERVAL_S = 20
WARM_UP = timedelta(seconds=35)
HELD_FIRST = 2
"""Packages that must be open when it strikes: without any, a bound proves nothing."""
PATIENCE = timedelta(seconds=60)
A_USUAL_NETWORK = NetworkFaults()
EVERY_ANSWER_COMES = NetworkFaults(request_lost=0, answer_lost=0, request_late=0)
_STEP = timedelta(milliseconds=500)

Kind = TypeVar("Kind", bound=Message)


@dataclass
class Crisis:
    """A world, the scenario that struck it, and how the desk stood at that moment."""

    world: World
    scenario: ScenarioView
    struck_at: datetime
    before: PortfolioState
    _published_before: int

    def last(self, seconds: float, each_step: Callable[[], None] = lambda: None) -> None:
        """Let time pass, and look at the world in between."""
        until = self.world.desk.now + timedelta(seconds=seconds)
        while self.world.desk.now < until:
            self.world.desk.run_until(min(until, self.world.desk.now + _STEP))
            each_step()

    def since(self, kind: type[Kind]) -> list[Kind]:
        """Return the messages of a type since it struck, each once."""
        messages = self.world.published[self._published_before :]
        return list({message.id: message for message in messages if isinstance(message, kind)}.values())

    @property
    def held_when_struck(self) -> set[str]:
        return {package.asset for package in self.before.packages}

    @property
    def loss_pct(self) -> Decimal:
        """The deepest fall of equity below what it was when it struck, of the day's first equity."""
        lowest = min(state.equity_usd for state in self.since(PortfolioState))
        return (self.before.equity_usd - lowest) / self.before.day_start_equity_usd * 100

    def asset_loss_pct(self, asset: str) -> Decimal:
        """The most an asset had cost that day at any time since, of the day's first equity."""
        standings = (delta for state in self.since(PortfolioState) for delta in state.deltas if delta.asset == asset)
        return -min(each.pnl_today_usd for each in standings) / self.before.day_start_equity_usd * 100

    @property
    def liquidations(self) -> int:
        return self.world.exchange.ledger_count("paper").liquidations

    def entries(self, begin: datetime | None = None, end: datetime | None = None) -> list[PackageDecided]:
        """Return the openings that were let through, in a span of time if one is given."""
        return [
            decided
            for decided in self.since(PackageDecided)
            if decided.action is PackageAction.OPEN
            and decided.verdict is not Verdict.REJECTED
            and (begin is None or decided.decided_at >= begin)
            and (end is None or decided.decided_at < end)
        ]

    def closings(self, end: datetime) -> list[PackageDecided]:
        """Return the closings that were let through before a time."""
        return [
            decided
            for decided in self.since(PackageDecided)
            if decided.action is PackageAction.CLOSE
            and decided.verdict is not Verdict.REJECTED
            and decided.decided_at < end
        ]

    @property
    def still_held(self) -> set[UUID]:
        """Packages of the moment it struck that no closing has ended."""
        closed = {message.package_id for message in self.since(PackageClosed)}
        return {package.package_id for package in self.before.packages} - closed

    def naked_usd(self) -> dict[str, Decimal]:
        """Return what the venue's own account holds unhedged of each asset, in USD."""
        account = self.world.exchange.account("paper")
        naked = {}
        for base in TRADED - {"USDC"}:
            symbol = f"{base}USDT"
            spot, position = account.spot.get(base), account.futures.positions.get(symbol)
            held = (spot.free + spot.locked if spot else Decimal(0)) + (position.quantity if position else Decimal(0))
            naked[base] = abs(held) * self.world.exchange.mark(symbol).mark
        return naked


def strike(
    seed: int,
    name: str,
    *,
    duration_s: float | None = None,
    asset: str | None = None,
    until_it_begins: bool = False,
    network: NetworkFaults = A_USUAL_NETWORK,
) -> Crisis:
    """Let a world trade until enough is held, and start a scenario (and wait until it begins)."""
    assets = tuple(one for one in CATALOGUE if one.base in TRADED)
    world = World(seed, WorldOptions(CONFIG, assets=assets, funding_interval_s=FUNDING_INTERVAL_S, network=network))
    world.desk.run_until(START + WARM_UP)
    while len(_portfolio(world).packages) < HELD_FIRST:
        assert world.desk.now < START + WARM_UP + PATIENCE, "nothing is held that could suffer"
        world.desk.run_until(world.desk.now + _STEP)
    scenario = world.exchange.start_scenario(name, duration_s=duration_s, asset=asset)
    crisis = Crisis(world, scenario, world.desk.now, _portfolio(world), len(world.published))
    if until_it_begins:
        waited_until = world.desk.now + PATIENCE
        while crisis.scenario.began_ms is None:
            assert world.desk.now < waited_until, "nothing is entered that could be struck"
            world.desk.run_until(world.desk.now + timedelta(milliseconds=20))
            crisis.scenario = world.exchange.scenarios()[0]
        crisis.struck_at = from_ms(crisis.scenario.began_ms)
    return crisis


def mid(crisis: Crisis, symbol: str, market: Market = Market.SPOT) -> Decimal:
    """Return the middle of a book."""
    book = crisis.world.exchange.book(market, symbol)
    return (book.bids[0][0] + book.asks[0][0]) / 2


def _portfolio(world: World) -> PortfolioState:
    return next(message for message in reversed(world.published) if isinstance(message, PortfolioState))
