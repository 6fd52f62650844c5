"""The logins that the migration step makes."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from tests.access.servers import MIGRATIONS, GuardedBook

from poise_common.platform.database import create_engine
from poise_common.platform.logins import LOGINS, LoginTooPowerful, make_logins, scram_verifier
from poise_common.platform.secret_files import SecretRefused


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        engine = create_engine(url, pool_size=1)
        try:
            async with engine.connect() as connection:
                return [tuple(row) for row in await connection.execute(text(query))]
        finally:
            await engine.dispose()

    return asyncio.run(ask())


def said(url: str, statement: str) -> None:
    async def say() -> None:
        engine = create_engine(url, pool_size=1)
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(statement)
        finally:
            await engine.dispose()

    asyncio.run(say())


def stored(book: GuardedBook, login: str) -> str:
    ((verifier,),) = asked(book.owner_url, f"SELECT rolpassword FROM pg_authid WHERE rolname = '{login}'")  # noqa: S608  (names of our own)
    return str(verifier)


def is_password(password: str, verifier: str) -> bool:
    """Whether this password logs in where the server keeps this of it."""
    salt = verifier.split("$")[1].partition(":")[2]
    return scram_verifier(password, base64.b64decode(salt)) == verifier


def test_what_is_sent_of_a_password_is_what_the_server_would_make_of_it_itself(book: GuardedBook) -> None:
    said(book.owner_url, "ALTER ROLE signals PASSWORD 'plain-words'")
    assert is_password("plain-words", stored(book, "signals"))
    assert not is_password("other-words", stored(book, "signals"))


def test_a_login_takes_the_password_its_file_holds_now(book: GuardedBook, tmp_path: Path) -> None:
    for password in ("first", "second"):
        (tmp_path / "risk-password").write_text(f"{password}\n")
        assert make_logins(book.owner_url, tmp_path) == ("risk",)
        assert is_password(password, stored(book, "risk"))


def test_a_login_is_in_its_group_alone_and_may_make_nothing(book: GuardedBook) -> None:
    groups = asked(
        book.owner_url,
        "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members"
        " WHERE roleid::regrole::text LIKE 'poise%'",
    )
    assert {(login.name, login.group) for login in LOGINS} <= set(groups)
    assert len([member for member, _ in groups if member in {login.name for login in LOGINS}]) == len(LOGINS)
    rights = asked(
        book.owner_url,
        "SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication",
    )
    assert not {name for (name,) in rights} & {login.name for login in LOGINS}


@pytest.mark.parametrize(("login", "limit"), [("console", "1min"), ("grafana", "10s")])
def test_peoples_logins_read_and_never_for_long(book: GuardedBook, login: str, limit: str) -> None:
    assert asked(book.url(login), "SHOW default_transaction_read_only") == [("on",)]
    assert asked(book.url(login), "SHOW statement_timeout") == [(limit,)]


def test_nobody_else_connects_to_the_desks_database(book: GuardedBook) -> None:
    said(book.owner_url, "CREATE ROLE stranger LOGIN PASSWORD 'stranger-password'")
    try:
        with pytest.raises((DBAPIError, OSError), match="permission denied for database"):
            asked(book.url("stranger"), "SELECT 1")
    finally:
        said(book.owner_url, "DROP ROLE stranger")


def test_an_empty_password_file_is_refused(book: GuardedBook, tmp_path: Path) -> None:
    (tmp_path / "risk-password").write_text("\n")
    with pytest.raises(SecretRefused, match="it is empty"):
        make_logins(book.owner_url, tmp_path)


def test_a_role_of_that_name_that_rules_the_server_is_refused(book: GuardedBook, tmp_path: Path) -> None:
    (tmp_path / "notifier-password").write_text("notifier-password")
    said(book.owner_url, "ALTER ROLE notifier CREATEDB")
    try:
        with pytest.raises(LoginTooPowerful, match="the role notifier of the database may rule the server"):
            make_logins(book.owner_url, tmp_path)
    finally:
        said(book.owner_url, "ALTER ROLE notifier NOCREATEDB")


def test_an_owner_who_is_no_superuser_makes_them_too(book: GuardedBook, tmp_path: Path) -> None:
    database = make_url(book.owner_url).database
    groups = [login.group for login in LOGINS]
    said(book.owner_url, "CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'owner-password'")
    said(book.owner_url, f'ALTER DATABASE "{database}" OWNER TO owner')
    for name in (*groups, *(login.name for login in LOGINS)):
        said(book.owner_url, f"GRANT {name} TO owner WITH ADMIN OPTION")
    (tmp_path / "risk-password").write_text("by-the-owner")
    try:
        assert make_logins(book.url("owner"), tmp_path) == ("risk",)
        assert is_password("by-the-owner", stored(book, "risk"))
    finally:
        said(book.owner_url, f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER')
        said(book.owner_url, "DROP OWNED BY owner CASCADE")
        said(book.owner_url, "DROP ROLE owner")


def test_the_migration_step_says_what_it_made(book: GuardedBook, tmp_path: Path) -> None:
    (tmp_path / "portfolio-password").write_text("portfolio-password")
    step = [sys.executable, "-m", "poise_common.platform.migrate", str(MIGRATIONS), "--logins", str(tmp_path)]
    environment = {**os.environ, "POISE_DATABASE__URL": book.owner_url}
    run = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    assert (run.returncode, run.stdout) == (0, "the database is at the newest schema\nlogins: portfolio\n"), run.stderr
    environment["POISE_DATABASE__URL_FILE"] = str(tmp_path / "nothing")
    run = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "No such file" in run.stderr
