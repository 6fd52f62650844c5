"""Asks for packages to be closed by resting orders, as a person may: the desk's own closings take at once."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.contracts.market_data import Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import ClosePackage, CloseReason, LegIntent, LegRole, OrderStyle, PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage, PortfolioState
from poise_common.contracts.streams import stream_of
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_common.platform.bus.redis_streams import entries, newest_id
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, decoder_of, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids

_EVERY_S = 1.0
_LIFE = timedelta(seconds=2)
_COLLAR = Decimal("0.002")
M = TypeVar("M", bound=Message)


async def newest(redis: Redis, kind: type[M]) -> M | None:
    """Return the newest message on a state's stream; None where there is none yet."""
    stream = stream_of(kind)
    newest = await newest_id(redis, stream.name)
    found = [decoder_of(stream)(fields) for _, fields in await entries(redis, stream.name, newest, newest)]
    return next((message for message in found if isinstance(message, kind)), None)


async def close_at_rest(redis_url: str, seed: int) -> None:
    """Ask for one open package after another to be closed, until cancelled."""
    random = Random(f"closings {seed}")
    redis: Redis = Redis.from_url(redis_url)
    try:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await _close_one(redis, random)
            except (RedisError, OSError):
                continue  # the server was just killed
    finally:
        await redis.aclose()


async def _close_one(redis: Redis, random: Random) -> None:
    portfolio, universe = await newest(redis, PortfolioState), await newest(redis, Universe)
    if portfolio is None or universe is None:
        return
    instruments = {one.id: one for asset in universe.assets for one in (asset.spot, asset.hedge)}
    requests = [
        request
        for package in portfolio.packages
        if package.state is PackageState.OPEN and (request := _request(package, instruments)) is not None
    ]
    if requests:
        out = encode(random.choice(requests))
        await redis.xadd(out.name, {KEY_FIELD: out.key, DATA_FIELD: out.payload})


def _request(package: HeldPackage, instruments: Mapping[InstrumentId, Instrument]) -> ClosePackage | None:
    long_leg = _leg(LegRole.LONG, Side.SELL, package.long_leg, instruments)
    short_leg = _leg(LegRole.SHORT, Side.BUY, package.short_leg, instruments)
    if long_leg is None or short_leg is None:
        return None
    now = utc_now()
    return ClosePackage.first(
        random_ids()(now),
        "console",
        now,
        package_id=package.package_id,
        strategy=package.strategy,
        asset=package.asset,
        reason=CloseReason.CONVERGED,
        edge_left=None,
        style=OrderStyle.POST_ONLY,
        long_leg=long_leg,
        short_leg=short_leg,
        requested_at=now,
        expires_at=now + _LIFE,
    )


def _leg(role: LegRole, side: Side, held: HeldLeg, instruments: Mapping[InstrumentId, Instrument]) -> LegIntent | None:
    instrument = instruments.get(InstrumentId(held.venue, held.symbol))
    if instrument is None or held.mark_price is None:
        return None
    return LegIntent(
        role=role,
        venue=held.venue,
        symbol=held.symbol,
        side=side,
        quantity=instrument.round_quantity(abs(held.quantity)),
        decision_price=held.mark_price,
        limit_price=instrument.round_price(held.mark_price * (1 + side.sign * _COLLAR)),
        book_time=utc_now(),
    )
