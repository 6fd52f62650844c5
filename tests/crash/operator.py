"""The person at the desk: resumes it when it has halted itself, and brings it to rest in the end."""

import asyncio
from collections import Counter
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tests.crash.closer import newest
from tests.crash.desk import CrashDesk
from tests.crash.evidence import read_venue
from tests.crash.waiting import until

from poise.desk_addresses import DeskUnreachable
from poise.operating.orders import order
from poise_common.contracts.control import Halt, Resume
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.platform.clock import utc_now

_LOOK_EVERY_S = 1.0
_HALTED_FOR = 3
"""Looks: a kill switch closes everything first."""
_ANSWER_WITHIN_S = 5.0
_STILL_LOOK_EVERY_S = 0.5

_STANDING = """
select
  (select count(*) from execution.approvals where status = 'working') as working,
  (select count(*) from execution.orders where state not in ('final', 'void')) as open_orders,
  (select count(*) from risk.approvals where outcome is null) as unsettled,
  (select count(*) from portfolio.fills) as fills,
  (select max(reported_at) from portfolio.accounts) as reported_at
"""


class Operator:
    """Keep the desk trading, count the halts, bring it to rest."""

    def __init__(self, desk: CrashDesk, say: Callable[[str], None]) -> None:
        self._desk = desk
        self._say = say
        self.halts: Counter[str] = Counter()
        """By who set it and why."""

    async def keep_trading(self) -> None:
        """Resume whenever risk is halted, until cancelled."""
        redis: Redis = Redis.from_url(self._desk.addresses.redis_url)
        looks = 0
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_S)
                try:
                    state = await newest(redis, RiskState)
                    looks = looks + 1 if state is not None and state.mode is SystemMode.HALTED else 0
                    if state is not None and looks >= _HALTED_FOR:
                        await self._resume(state)
                        looks = 0
                except (RedisError, OSError, DeskUnreachable):
                    continue  # the server was just killed, or risk
        finally:
            await redis.aclose()

    async def _resume(self, state: RiskState) -> None:
        self.halts[f"{state.set_by}: {state.reason}"] += 1
        self._say(f"halted by {state.set_by} ({state.reason}); resuming")
        await order(self._desk.addresses.redis_url, Resume, "the crash test goes on", wait_s=_ANSWER_WITHIN_S)

    async def bring_to_rest(self, within_s: float) -> bool:
        """Halt, and wait until orders are final, fills booked, approvals answered, and the account read again."""
        await order(self._desk.addresses.redis_url, Halt, "the crash test is over", wait_s=within_s)
        halted_at = utc_now()
        engine = create_async_engine(self._desk.addresses.database_url)
        try:
            async with asyncio.timeout(within_s):
                await until(lambda: self._is_still(engine, halted_at), every_s=_STILL_LOOK_EVERY_S)
        except TimeoutError:
            return False
        finally:
            await engine.dispose()
        return True

    async def has_fills(self) -> bool:
        """Say whether the desk trades."""
        return await self._venue_fills() > 0

    async def _venue_fills(self) -> int:
        return int((await read_venue(self._desk.addresses.venue_urls["paper"]))["venue_fills"])

    async def _is_still(self, engine: AsyncEngine, halted_at: object) -> bool:
        try:
            async with engine.connect() as connection:
                row = (await connection.execute(text(_STANDING))).one()
        except (DBAPIError, OSError):
            return False
        return (
            (row.working, row.open_orders, row.unsettled) == (0, 0, 0)
            and row.fills == await self._venue_fills()
            and row.reported_at is not None
            and row.reported_at > halted_at
        )
