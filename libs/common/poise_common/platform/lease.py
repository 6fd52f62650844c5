"""The right to write a schema: one process holds it at a time, a second one stands by and takes over."""

import asyncio
from collections.abc import Callable
from typing import NoReturn

import structlog
from sqlalchemy import Table, func, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from poise_common.platform.clock import machine_s
from poise_common.platform.database import BookUnreachable, outages_told_apart
from poise_common.platform.durable_messages import hold_lease
from poise_common.platform.endings import StartsAnew
from poise_common.platform.metrics import LEASE_EPOCH
from poise_common.platform.settings import LeaseSettings
from poise_common.platform.succession import Succession

_NEVER_S = float("-inf")


class LeaseLost(StartsAnew):
    """Another process writes this schema, or may: nothing more is committed, published or sent from here."""


class Lease:
    """Hold a schema's lease: an advisory lock for as long as its session lives, and an epoch in every transaction.

    Taking the lease bumps the epoch in the schema's `lease` row, which waits for transactions that hold the row and
    fails those that come later with the epoch before. The holder renews the row; one that does not within the timeout
    is taken for hung, and a stand-by ends its sessions. By then the holder itself trusts its lease no longer (`check`).
    """

    def __init__(
        self,
        engine: AsyncEngine,
        table: Table,
        holder: str,
        settings: LeaseSettings,
        *,
        elapsed_s: Callable[[], float] = machine_s,
    ) -> None:
        """`holder` is one process' own name, and the application name of all its sessions."""
        self._engine = engine
        self._table = table
        self._holder = holder
        self._settings = settings
        self._elapsed_s = elapsed_s
        self._connection: AsyncConnection | None = None
        self._proven_at_s = _NEVER_S
        self.epoch = 0
        self.waits_for = ""
        """Who holds the lease while this process stands by."""

    async def acquire(self) -> None:
        """Return as the one writer; while another process is, say so once and wait."""
        with outages_told_apart():
            connection = await self._engine.connect()
            self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            succession = Succession(
                self._connection,
                self._table,
                self._holder,
                self._settings,
                elapsed_s=self._elapsed_s,
                waits_for=self._wait_for,
            )
            self.epoch, self._proven_at_s = await succession.take()
        self._wait_for("")
        LEASE_EPOCH.set(self.epoch)
        structlog.get_logger().info("holds the lease", schema=self._table.schema, epoch=self.epoch)

    async def renew(self) -> None:
        """Renew until cancelled; raises LeaseLost when another process has it, or when the lock's session is gone."""
        while self._connection is not None:
            await asyncio.sleep(self._settings.renew_every_s)
            asked_at_s = self._elapsed_s()
            try:
                is_ours = await self._renew_once(self._connection)
            except BookUnreachable as error:
                raise LeaseLost(f"the session that holds the lease of {self._table.schema} is gone: {error}") from error
            if not is_ours:
                self.refuse()
            self._proven_at_s = asked_at_s

    def check(self) -> None:
        """Raise LeaseLost unless the lease was seen to be ours within its timeout: this process may have slept."""
        if self._elapsed_s() - self._proven_at_s > self._settings.timeout_s:
            raise LeaseLost(f"the lease of {self._table.schema}, epoch {self.epoch}, was not renewed in time")

    async def hold(self, connection: AsyncConnection) -> None:
        """Hold the lease to the end of a transaction; raises LeaseLost when another process has taken it."""
        if (await connection.exec_driver_sql(hold_lease(self._table.fullname), (self.epoch,))).first() is None:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Raise LeaseLost: another process has taken the lease."""
        raise LeaseLost(f"another process has taken the lease of {self._table.schema}; epoch {self.epoch} is over")

    async def release(self) -> None:
        """Let another process write."""
        self._proven_at_s = _NEVER_S
        if self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()
            self._connection = None

    async def _renew_once(self, connection: AsyncConnection) -> bool:
        lease = self._table.c
        renewal = update(self._table).where(lease.epoch == self.epoch).values(renewed_at=func.clock_timestamp())
        with outages_told_apart():
            async with asyncio.timeout(self._settings.timeout_s):
                return (await connection.execute(renewal)).rowcount == 1

    def _wait_for(self, holder: str) -> None:
        self.waits_for = holder
