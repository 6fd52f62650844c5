"""Seeded worlds in which something besides the desk happens to its account, and one in which nothing does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from tests.simulation.worlds import CONFIG, TRADED, of_type

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.control import Acknowledge, Acknowledgement, Alert, Resume
from poise_common.contracts.execution import VenueState
from poise_common.contracts.state import PortfolioState, SystemMode
from poise_common.domain.ids import derived_id
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderType, Side, TimeInForce

SEEDS = range(301, 304)
DIVERGENCES_A_WORLD = 5
LOCKED_WITHIN = timedelta(seconds=35)
RECONCILED_WITHIN = timedelta(seconds=40)
WARM_UP = timedelta(seconds=12)
CLEAN_TIME = timedelta(minutes=10)
_ACCOUNT = "paper"
_STEP = timedelta(milliseconds=500)

Deed = Callable[[World, Random], str | None]
"""Does something to the account and says what; None where the account has nothing it could be done to."""


def _spot_by_hand(world: World, random: Random) -> str | None:
    side, quantity = random.choice(list(Side)), Decimal("0.5")
    request = OrderRequest(Market.SPOT, "SOLUSDT", side, OrderType.MARKET, quantity=quantity)
    held = world.exchange.account(_ACCOUNT).spot.get("SOL")
    if side is Side.SELL and (held is None or held.free < quantity):
        return None
    world.exchange.submit_by_hand(_ACCOUNT, request)
    return f"{side} SOL by hand"


def _perpetual_by_hand(world: World, random: Random) -> str:
    side = random.choice(list(Side))
    world.exchange.submit_by_hand(
        _ACCOUNT, OrderRequest(Market.FUTURES, "XRPUSDT", side, OrderType.MARKET, quantity=Decimal(20))
    )
    return f"{side} XRP perpetual by hand"


def _order_by_hand(world: World, _random: Random) -> str:
    best_bid = world.exchange.book(Market.SPOT, "BTCUSDT").bids[0][0]
    price = (best_bid * Decimal("0.9")).quantize(Decimal("0.1"))
    world.exchange.submit_by_hand(
        _ACCOUNT,
        OrderRequest(
            Market.SPOT,
            "BTCUSDT",
            Side.BUY,
            OrderType.LIMIT,
            quantity=Decimal("0.001"),
            price=price,
            time_in_force=TimeInForce.GTC,
        ),
    )
    return "a resting order by hand"


def _transfer(world: World, random: Random) -> str:
    wallet = random.choice(list(Market))
    amount = Decimal(random.choice([-250, -1, 1, 400]))
    world.exchange.transfer_from_outside(_ACCOUNT, "USDT", amount, wallet)
    return f"{amount} USDT into {wallet}"


def _held_short(world: World) -> str | None:
    positions = world.exchange.account(_ACCOUNT).futures.positions
    return next((symbol for symbol, position in sorted(positions.items()) if position.quantity < 0), None)


def _liquidation(world: World, _random: Random) -> str | None:
    symbol = _held_short(world)
    if symbol is not None:
        world.exchange.liquidate(_ACCOUNT, symbol)
    return symbol and f"{symbol} liquidated"


def _deleveraging(world: World, _random: Random) -> str | None:
    symbol = _held_short(world)
    if symbol is not None:
        world.exchange.deleverage(_ACCOUNT, symbol, share=Decimal("0.5"))
    return symbol and f"half of {symbol} deleveraged"


DEEDS: tuple[Deed, ...] = (
    _spot_by_hand,
    _perpetual_by_hand,
    _order_by_hand,
    _transfer,
    _liquidation,
    _deleveraging,
)


@dataclass
class Watched:
    """A world, and what its venue's newest standing is."""

    world: World

    @property
    def standing(self) -> VenueState:
        return next(each for each in reversed(self.world.published) if isinstance(each, VenueState))

    @property
    def is_locked(self) -> bool:
        return self.standing.lock is not None

    def until(self, holds: Callable[[], bool], within: timedelta, what: str) -> timedelta:
        """Let time pass until something holds; returns how long that took."""
        began = self.world.desk.now
        while not holds():
            assert self.world.desk.now - began <= within, what
            self.world.desk.run_until(self.world.desk.now + _STEP)
        return self.world.desk.now - began

    def acknowledge(self) -> None:
        """Sign what is shown until it is over; what is shown may change in between."""

        def is_over() -> bool:
            lock = self.standing.lock
            if lock is None:
                return True
            self._order(
                Acknowledge,
                acknowledgement=(
                    word := Acknowledgement(
                        lock_id=lock.lock_id,
                        venue=self.standing.venue,
                        digest=lock.digest,
                        operator="test",
                        reason="done on purpose",
                        signed_at=self.world.desk.now,
                    )
                ),
                signature=self.world.operator.sign(word),
            )
            return False

        self.until(is_over, RECONCILED_WITHIN, "the lock ends with the acknowledgement")

    def resume(self) -> None:
        """Let the desk trade on."""
        self._order(Resume, operator="test", reason="acknowledged")

    def _order(self, kind: type[Acknowledge] | type[Resume], **fields: object) -> None:
        now = self.world.desk.now
        id_ = derived_id(self.world.published[0].id, kind.__name__, now.isoformat())
        self.world.desk.order(kind.first(id_, "console", now, **fields))


def new_world(seed: int) -> World:
    assets = tuple(asset for asset in CATALOGUE if asset.base in TRADED)
    return World(seed, WorldOptions(CONFIG, assets=assets))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_else_happens_to_the_account_locks_it_in_time_and_halts_the_desk_until_acknowledged(seed: int) -> None:
    watched, random = Watched(new_world(seed)), Random(seed)  # noqa: S311 - seeded for repetition, guards nothing
    watched.world.desk.run_until(START + WARM_UP)
    done: list[str] = []
    while len(done) < DIVERGENCES_A_WORLD:
        assert not watched.is_locked, f"locked by itself after {done}: {watched.standing}"
        watched.world.desk.run_until(watched.world.desk.now + timedelta(seconds=random.uniform(0, 12)))
        deed = random.choice(DEEDS)(watched.world, random)
        if deed is None:
            continue
        done.append(deed)
        watched.until(lambda: watched.is_locked, LOCKED_WITHIN, f"locked after {deed}")
        watched.until(
            lambda: watched.world.desk.mode is SystemMode.HALTED, timedelta(seconds=2), f"halted after {deed}"
        )
        watched.acknowledge()
        watched.resume()
    raised = [alert for alert in of_type(watched.world, Alert) if alert.name == "account_diverged" and alert.firing]
    assert len(raised) >= DIVERGENCES_A_WORLD


def test_ten_minutes_of_trading_with_nothing_foreign_lock_nothing() -> None:
    watched = Watched(new_world(300))
    watched.world.desk.run_until(START + CLEAN_TIME)
    assert not any(standing.lock for standing in of_type(watched.world, VenueState))
    assert not [alert for alert in of_type(watched.world, Alert) if alert.name == "account_diverged"]
    assert watched.standing.reconciled_at is not None
    assert watched.world.desk.now - watched.standing.reconciled_at <= RECONCILED_WITHIN
    portfolio = of_type(watched.world, PortfolioState)[-1]
    assert portfolio.fills > 20
    assert abs(portfolio.ledger_residual_usd) <= Decimal("0.01")
