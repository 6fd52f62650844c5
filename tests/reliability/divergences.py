"""What can happen to an account besides our own orders, done to a simulated account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from tests.reliability.surroundings import Pair
from tests.reliability.venue_control import VenueControl


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something is to happen."""

    control: VenueControl
    pair: Pair
    """Its venue is the account."""
    random: Random
    price: Decimal
    """About what the asset costs now."""


Divergence = Callable[[Scene], Awaitable[str]]
"""Do it to the scene's account; says what was done."""


async def spot_trade(scene: Scene) -> str:
    """Have a person buy or sell on the spot market by hand."""
    control, pair, random = scene.control, scene.pair, scene.random
    side = random.choice(["buy", "sell"])
    quantity = pair.spot.min_quantity * 100
    await control.deed(
        "foreign_trade",
        account=pair.venue,
        market="spot",
        symbol=_venue_symbol(pair),
        side=side,
        quantity=str(quantity),
    )
    return f"{side} {quantity} {pair.asset} spot by hand"


async def derivative_trade(scene: Scene) -> str:
    """Have a person trade the perpetual by hand."""
    control, pair, random = scene.control, scene.pair, scene.random
    side = random.choice(["buy", "sell"])
    quantity = pair.perpetual.min_quantity * 100
    await control.deed(
        "foreign_trade",
        account=pair.venue,
        market="futures",
        symbol=_venue_symbol(pair),
        side=side,
        quantity=str(quantity),
    )
    return f"{side} {quantity} {pair.asset} perpetual by hand"


async def resting_order(scene: Scene) -> str:
    """Have a person leave an order far from the market."""
    control, pair, random = scene.control, scene.pair, scene.random
    market = random.choice(["spot", "futures"])
    await control.deed(
        "foreign_order",
        account=pair.venue,
        market=market,
        symbol=_venue_symbol(pair),
        side="buy",
        quantity=str(pair.spot.min_quantity * 100),
        price=str(pair.perpetual.round_price(scene.price * Decimal("0.96"))),
    )
    return f"a resting {market} order by hand"


async def transfer(scene: Scene) -> str:
    """Move money into or out of the account."""
    control, pair, random = scene.control, scene.pair, scene.random
    wallet = random.choice(["spot", "futures"])
    amount = Decimal(random.randint(-500, 500)) or Decimal(1)
    await control.deed("transfer", account=pair.venue, asset="USDT", amount=str(amount), wallet=wallet)
    return f"{amount} USDT into the {wallet} wallet"


async def coin_transfer(scene: Scene) -> str:
    """Move coins into the account."""
    control, pair = scene.control, scene.pair
    amount = pair.spot.min_quantity * 7
    await control.deed("transfer", account=pair.venue, asset=pair.asset, amount=str(amount), wallet="spot")
    return f"{amount} {pair.asset} into the spot wallet"


async def liquidation(scene: Scene) -> str:
    """Have the venue take the short leg over."""
    control, pair = scene.control, scene.pair
    await control.deed("liquidate", account=pair.venue, symbol=_venue_symbol(pair))
    return f"the {pair.asset} perpetual liquidated"


async def auto_deleveraging(scene: Scene) -> str:
    """Have the venue close half the short leg against a bankrupt account."""
    control, pair = scene.control, scene.pair
    await control.deed("adl", account=pair.venue, symbol=_venue_symbol(pair), share="0.5")
    return f"half the {pair.asset} perpetual deleveraged"


ALL: tuple[Divergence, ...] = (
    spot_trade,
    derivative_trade,
    resting_order,
    transfer,
    coin_transfer,
    liquidation,
    auto_deleveraging,
)
NEEDS_A_POSITION: frozenset[Divergence] = frozenset({spot_trade, liquidation, auto_deleveraging})


def _venue_symbol(pair: Pair) -> str:
    return f"{pair.spot.base}{pair.spot.quote}"
