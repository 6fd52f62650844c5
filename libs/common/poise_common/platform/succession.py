"""Becoming the one writer of a schema: the lock of the one before must be free, or its holder hung and ended."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.settings import LeaseSettings

_SESSION_ENDS_WITHIN_MS = 1_000
_BUMP_WAITS_MS = 1_000
"""For transactions of the holder before, whose sessions are ended first."""
_LOCK_NOT_AVAILABLE = "55P03"

_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:lock, 0))")
_LOCK_HOLDER = text("""
    SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = hashtextextended(:lock, 0)
""")
_END_SESSIONS = text("""
    SELECT pg_terminate_backend(pid, :within_ms) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = :holder
""")


class Claim(NamedTuple):
    """A lease as it was taken: its epoch, and when it was asked for by the machine's own clock."""

    epoch: int
    asked_at_s: float


class Succession:
    """Take a schema's lease over one session, which holds the lock from then on."""

    def __init__(
        self,
        connection: AsyncConnection,
        lease: Table,
        holder: str,
        settings: LeaseSettings,
        *,
        elapsed_s: Callable[[], float],
        waits_for: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._lease = lease
        self._holder = holder
        self._settings = settings
        self._elapsed_s = elapsed_s
        self._waits_for = waits_for
        self._lock = {"lock": f"poise:{lease.schema}"}
        self._sign: tuple[object, ...] = ()
        self._sign_since_s = 0.0
        self._log = structlog.get_logger().bind(schema=lease.schema)

    async def take(self) -> Claim:
        """Return as the one writer; while another process is, look after it."""
        await self._connection.execute(text(f"SET lock_timeout = {_BUMP_WAITS_MS}"))
        while not (await self._connection.execute(_TRY_LOCK, self._lock)).scalar():
            await self._look_at_holder()
            await asyncio.sleep(self._settings.stand_by_poll_s)
        while True:
            # The one before has no right any more: what it left open must not hold up the bump.
            await self._end_sessions(await self._last_holder())
            asked_at_s = self._elapsed_s()
            epoch = await self._bump()
            if epoch is not None:
                # What follows on this session are renewals: worth nothing after a crash, and not to wait for a disk.
                await self._connection.execute(text("SET synchronous_commit = off"))
                await self._connection.execute(text("RESET lock_timeout"))
                return Claim(epoch, asked_at_s)

    async def _look_at_holder(self) -> None:
        """End the holder's sessions once nothing of it has moved within the timeout, by this machine's clock."""
        found = (await self._connection.execute(_LOCK_HOLDER, self._lock)).mappings().first()
        if found is None:
            return
        holder = str(found["application_name"])
        if not self._sign:
            self._log.info("another process writes this schema; standing by", holder=holder)
        self._waits_for(holder)
        renewed = (await self._connection.execute(select(self._lease.c.epoch, self._lease.c.renewed_at))).first()
        sign = (found["pid"], renewed)
        if sign != self._sign:
            self._sign, self._sign_since_s = sign, self._elapsed_s()
        elif self._elapsed_s() - self._sign_since_s > self._settings.timeout_s:
            self._log.warning("the holder of the lease does not renew it; ending its sessions", holder=holder)
            await self._end_sessions(holder)

    async def _last_holder(self) -> str | None:
        return (await self._connection.execute(select(self._lease.c.holder))).scalar()

    async def _end_sessions(self, holder: str | None) -> None:
        """End all sessions of a process; a name is one process' own, so that this meets nobody else."""
        if holder:
            values = {"holder": holder, "within_ms": _SESSION_ENDS_WITHIN_MS}
            await self._connection.execute(_END_SESSIONS, values)

    async def _bump(self) -> int | None:
        """Make the next epoch ours; None while a transaction of the one before holds the row."""
        lease, now = self._lease, func.clock_timestamp()
        ours = {"holder": self._holder, "taken_at": now, "renewed_at": now}
        bump = update(lease).values(epoch=lease.c.epoch + 1, **ours).returning(lease.c.epoch)
        first = insert(lease).values(epoch=1, **ours).returning(lease.c.epoch)
        try:
            bumped = (await self._connection.execute(bump)).scalar_one_or_none()
            return int(bumped if bumped is not None else (await self._connection.execute(first)).scalar_one())
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            return None
