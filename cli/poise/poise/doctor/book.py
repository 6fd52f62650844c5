"""Postgres: its version and schema, whether it keeps what was committed, and as whom we are let in."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.desk_addresses import BookUnreadable
from poise.desk_book import consult
from poise.doctor.clocks import judge_clock, read_clock
from poise.doctor.findings import Findings
from poise.installation import MIGRATIONS
from poise_common.platform.migrations import newest_revision

_VERSION_MIN = 15
_MB = 1e6
_ANSWERS_WITHIN_S = 8
"""Less than an area is given: what it said is more use than that it was slow."""
_WRITTEN_BY_SERVICES = ("execution", "portfolio", "risk", "signals", "notifier")
_STANDING = text(
    """
select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as synchronous_commit,
       current_setting('full_page_writes') as full_page_writes,
       current_user as "user", rolsuper, rolcreaterole, pg_database_size(current_database()) as size,
       to_regclass('public.alembic_version') is not null as has_schema
from pg_roles where rolname = current_user
"""
)
_REVISION = text("select version_num from public.alembic_version")
_WRITABLE = text(
    """
select distinct table_schema from information_schema.table_privileges
where table_schema = any(:schemas) and privilege_type in ('INSERT', 'UPDATE', 'DELETE')
  and grantee in (select rolname from pg_roles where pg_has_role(current_user, oid, 'usage'))
"""
)


async def look_at_book(findings: Findings) -> None:
    """Look at the book of record."""
    try:
        await consult(lambda book: _look(book, findings), wait_s=_ANSWERS_WITHIN_S)
    except BookUnreadable as unreadable:
        findings.fail("reached", str(unreadable), "is Postgres running, and the address right?")


async def _look(book: AsyncConnection, findings: Findings) -> None:
    standing = dict((await book.execute(_STANDING)).mappings().one())
    judge_clock(findings, "the book's clock", await read_clock(lambda: _time(book)))
    if standing["version"] < _VERSION_MIN:
        findings.fail("version", f"PostgreSQL {standing['version']}", f"PostgreSQL {_VERSION_MIN} or newer")
    else:
        findings.ok("version", f"PostgreSQL {standing['version']}, {standing['size'] / _MB:,.0f} MB of data")
    _judge_keeping(findings, standing)
    await _judge_schema(book, findings, has_schema=standing["has_schema"])
    await _judge_role(book, findings, standing)


def _judge_keeping(findings: Findings, standing: dict[str, Any]) -> None:
    for setting in ("fsync", "full_page_writes"):
        if standing[setting] == "on":
            findings.ok(setting, "on")
        else:
            findings.fail(setting, "off: the book does not survive a power cut", f"set `{setting} = on`")
    if standing["synchronous_commit"] == "off":
        found = "off: what was committed last can be lost, and with it an intent to order"
        findings.fail("synchronous_commit", found, "set `synchronous_commit = on`")
    else:
        findings.ok("synchronous_commit", standing["synchronous_commit"])


async def _judge_schema(book: AsyncConnection, findings: Findings, *, has_schema: bool) -> None:
    if not has_schema:
        findings.fail("schema", "there is none", "`poise migrate` makes it")
        return
    if not MIGRATIONS.is_dir():
        findings.unknown("schema", "this installation has no migrations to compare it with")
        return
    newest = newest_revision(MIGRATIONS)
    try:
        async with book.begin_nested():
            revision = (await book.execute(_REVISION)).scalar()
    except ProgrammingError:
        findings.unknown("schema", "this login may not ask which revision it is at")
        return
    if revision == newest:
        findings.ok("schema", f"at the newest revision, {newest}")
    else:
        findings.fail("schema", f"at {revision}, the newest is {newest}", "`poise migrate` brings it there")


async def _judge_role(book: AsyncConnection, findings: Findings, standing: dict[str, Any]) -> None:
    user = standing["user"]
    to_do = "connect people's commands as `console`, each service as its own login (docs/database.md)"
    if standing["rolsuper"] or standing["rolcreaterole"]:
        what = "a superuser" if standing["rolsuper"] else "one who may make roles"
        findings.warn("rights", f"connected as {user}, {what}", to_do)
        return
    rows = await book.execute(_WRITABLE, {"schemas": list(_WRITTEN_BY_SERVICES)})
    written = sorted(rows.scalars())
    if len(written) > 1:
        findings.warn("rights", f"{user} may write the schemas {', '.join(written)}", to_do)
    else:
        findings.ok("rights", f"{user} may {'write ' + written[0] if written else 'read'} and nothing else")


async def _time(book: AsyncConnection) -> datetime:
    told: datetime = (await book.execute(text("select clock_timestamp()"))).scalar_one()
    return told
