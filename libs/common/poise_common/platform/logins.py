"""Who logs in to the book of record: a login a service, each in the one group role that says what it may do."""

import base64
import hashlib
import hmac
import secrets
from asyncio import run
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from poise_common.platform.refusals import StartRefused
from poise_common.platform.secret_files import read_secret

_ITERATIONS = 4096
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the server: its name, its group role, and how much of a reader it is."""

    name: str
    group: str
    statement_timeout: str | None = None
    """Of logins for people's questions: they read, and never for long."""

    @property
    def password_file(self) -> str:
        return f"{self.name}-password"


LOGINS: tuple[Login, ...] = (
    *(Login(name, f"poise_{name}") for name in ("signals", "risk", "execution", "portfolio", "notifier")),
    Login("console", "poise_console", statement_timeout="60s"),
    Login("grafana", "poise_dashboards", statement_timeout="10s"),
)


class GroupRoleMissing(StartRefused):
    """The migrations made no such role, since they were run by a role that may make none."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"the database has no role {group}: migrate as a role that may make roles (CREATEROLE), or create it"
        )


class LoginTooPowerful(StartRefused):
    """A role of a login's name is there that may more than any service needs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the role {name} of the database may rule the server: a plain one, or none yet, would pass")


def make_logins(database_url: str, directory: Path) -> tuple[str, ...]:
    """Make or renew each login whose password file is in the directory; return their names.

    The passwords reach the server as SCRAM verifiers, so that its log never holds one. The database takes connections
    of the group roles alone. Raises GroupRoleMissing, LoginTooPowerful, SecretRefused.
    """
    wanted = [login for login in LOGINS if (directory / login.password_file).exists()]
    passwords = {login.name: read_secret(directory / login.password_file) for login in wanted}
    run(_make_all(database_url, wanted, passwords))
    return tuple(login.name for login in wanted)


async def _make_all(database_url: str, logins: Sequence[Login], passwords: dict[str, str]) -> None:
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            for login in logins:
                await _make(connection, login, scram_verifier(passwords[login.name], secrets.token_bytes(_SALT_BYTES)))
            await _close_to_others(connection)
    finally:
        await engine.dispose()


async def _make(connection: AsyncConnection, login: Login, verifier: str) -> None:
    """Names are of our own; the verifier is base64 and signs, so that it needs no quoting."""
    name, group = login.name, login.group
    if not await _is_there(connection, group):
        raise GroupRoleMissing(group)
    if not await _is_there(connection, name):
        await connection.exec_driver_sql(f"CREATE ROLE {name}")
    await _refuse_the_powerful(connection, name)
    await connection.exec_driver_sql(f"ALTER ROLE {name} LOGIN INHERIT PASSWORD '{verifier}'")
    await connection.exec_driver_sql(f"GRANT {group} TO {name}")
    if login.statement_timeout is not None:
        await connection.exec_driver_sql(f"ALTER ROLE {name} SET default_transaction_read_only = on")
        await connection.exec_driver_sql(f"ALTER ROLE {name} SET statement_timeout = '{login.statement_timeout}'")


async def _refuse_the_powerful(connection: AsyncConnection, name: str) -> None:
    """A role of this name that somebody else made may be more than a login is to be."""
    attributes = "rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication"
    found = await connection.execute(
        text(f"SELECT {attributes} FROM pg_roles WHERE rolname = :role"),  # noqa: S608  (names of our own)
        {"role": name},
    )
    if any(found.one()):
        raise LoginTooPowerful(name)


async def _close_to_others(connection: AsyncConnection) -> None:
    """Let nobody connect but the owner and those in a group role; nor make temporary tables."""
    database = (await connection.execute(text("SELECT quote_ident(current_database())"))).scalar_one()
    await connection.exec_driver_sql(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
    for group in dict.fromkeys(login.group for login in LOGINS):
        if await _is_there(connection, group):
            await connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {group}")


async def _is_there(connection: AsyncConnection, role: str) -> bool:
    found = await connection.execute(text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role})
    return bool(found.scalar())


def scram_verifier(password: str, salt: bytes) -> str:
    """Return what PostgreSQL stores of a password, which logs in nobody (RFC 5802, RFC 7677)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored_key, server_key))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ITERATIONS, *parts)
