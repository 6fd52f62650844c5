"""An orderly end of trading: no new risk, nothing under way, the venue's account read once more."""

import asyncio
import time

from poise.demo.desk_view import DeskView
from poise.demo.record import Record
from poise.demo.venue_ledger import read_venue_ledgers
from poise.desk_addresses import DeskUnreachable
from poise.operating.orders import order
from poise.stack import DeskAddresses
from poise_common.contracts.control import Halt
from poise_common.platform.clock import utc_now

_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.25


async def settle(addresses: DeskAddresses, record: Record, view: DeskView) -> None:
    """Halt the desk, then wait until orders are final, fills are booked and every venue's account was read again."""
    try:
        await order(addresses.redis_url, Halt, "the demo's time is up")
    except DeskUnreachable as unreachable:
        view.say(str(unreachable))
    halted_at = utc_now()
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        ledgers = await read_venue_ledgers(addresses.venue_urls)
        standing = await record.standing()
        read_at = [standing.account_reports_at.get(venue) for venue in ledgers]
        portfolio = view.portfolio
        if (
            not standing.packages_under_way
            and all(standing.ledger_fills.get(venue, 0) == ledger.fills for venue, ledger in ledgers.items())
            and portfolio is not None
            and all(at is not None and halted_at < at < portfolio.as_of for at in read_at)
        ):
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    view.say(f"not everything settled within {_PATIENCE_S:g} s")
