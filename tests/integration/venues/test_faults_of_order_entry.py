"""Every way in which the venue can mistreat an order request, and what we then claim to know."""

from itertools import product

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.venues.control import Control
from tests.integration.venues.market import Market, client_id
from tests.integration.venues.place import Place

from poise_common.platform.clock import utc_now
from poise_simulator.faults.kinds import KINDS
from poise_simulator.faults.targets import Target
from poise_venues.outcomes import Accepted, FoundOrder, NotFound, Refused, SubmitOutcome, Unknown
from poise_venues.trading import TradingSession, open_trading_session

TOLD = {
    "accept_then_drop": Unknown,
    "drop_before": Unknown,
    "truncate": Unknown,
    "hang": Unknown,
    "http_500": Unknown,
    "http_502_html": Unknown,
    "http_503_unknown": Unknown,
    "html_200": Unknown,
    "garbage_200": Unknown,
    "empty_200": Unknown,
    "delay": Accepted,
    "reject": Refused,
    "wrong_order_in_answer": Unknown,
    "partial": Accepted,
    "slow_fill": Accepted,
    "too_many_requests": Refused,
    "timestamp_refused": Refused,
}
"""What is known after each kind: only the venue's own readable word makes it more than Unknown."""
SHORT: dict[str, dict[str, object]] = {"delay": {"ms": 50}, "slow_fill": {"delay_ms": 50}}
KINDS_OF_ORDER_ENTRY = sorted(name for name, kind in KINDS.items() if Target.ORDER_ENTRY in kind.targets)


def ways(kind: str) -> list[dict[str, object]]:
    """The parameters a kind is tried with."""
    if "effect" in KINDS[kind].model_fields:
        return [{"effect": True}, {"effect": False}]
    return [SHORT.get(kind, {})]


def test_every_kind_that_can_strike_an_order_is_tried() -> None:
    assert sorted(TOLD) == KINDS_OF_ORDER_ENTRY


@pytest.mark.parametrize("kind", KINDS_OF_ORDER_ENTRY)
async def test_what_is_claimed_of_an_order_is_what_the_venue_has(
    hasty: TradingSession, market: Market, control: Control, kind: str
) -> None:
    senders = (market.buy,) if KINDS[kind].needs_liquidity_taker else (market.buy, market.offer_to_rest)
    for instrument, send, parameters in product(market.both, senders, ways(kind)):
        ours, before = client_id(), utc_now()
        await control.strike_once(kind, "order_entry", **parameters)
        outcome: SubmitOutcome = await send(hasty, instrument, ours)
        assert await control.heal() == 1

        assert isinstance(outcome, TOLD[kind]), outcome
        taken = await control.orders_under(ours)
        match outcome:
            case Refused():
                assert taken == 0
            case Accepted():
                assert taken == 1
            case Unknown():
                assert taken == int(bool(parameters.get("effect", kind != "drop_before"))), "one request, ever"
        exists = FoundOrder if taken else NotFound
        assert isinstance(await hasty.find_order(instrument, ours), exists)
        assert isinstance(await hasty.find_order_in_list(instrument, ours, before), exists)
        await hasty.cancel(instrument, ours)


async def test_an_order_held_up_beyond_the_window_is_refused_by_the_venue(
    redis: Redis, simulator: Simulator, place: Place, market: Market, control: Control
) -> None:
    """The request arrives long after we have hung up; the fence is the venue's own clock."""
    config = place.config(simulator.http_url, request_timeout_ms="200", receive_window_ms="300")
    trading = open_trading_session(place.name, config, redis=redis, now=utc_now)
    await trading.connect()
    for instrument in market.both:
        ours = client_id()
        await control.strike_once("delay", "order_entry", ms=600, when="before")
        outcome = await market.buy(trading, instrument, ours)
        assert isinstance(outcome, Unknown)
        assert not await control.last_strike_took_effect()
        assert await control.orders_under(ours) == 0
    await trading.close()


async def test_an_order_held_up_within_the_window_comes_into_being_although_nobody_waits_for_it(
    hasty: TradingSession, market: Market, control: Control
) -> None:
    ours = client_id()
    await control.strike_once("delay", "order_entry", ms=800, when="before")
    assert isinstance(await market.buy(hasty, market.spot, ours), Unknown)
    assert await hasty.find_order(market.spot, ours) == NotFound(), (
        "which is why not found counts after the window only"
    )
    assert await control.last_strike_took_effect()
    assert isinstance(await hasty.find_order(market.spot, ours), FoundOrder)
