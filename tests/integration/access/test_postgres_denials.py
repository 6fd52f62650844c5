"""What the logins of the book may not do is denied by a real server after the migrations."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.access.postgres_denials import FIRST, INSUFFICIENT_PRIVILEGE, denials
from tests.access.servers import GuardedBook

from poise_common.platform.database import create_engine
from poise_common.platform.logins import LOGINS


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(denials()) >= 40
    assert {denied.login for denied in denials()} == {login.name for login in LOGINS}


@pytest.mark.parametrize("login", [login.name for login in LOGINS])
def test_a_login_is_denied_what_is_not_its_business(book: GuardedBook, login: str) -> None:
    wrong = asyncio.run(let_through(book.url(login), [one.statement for one in denials() if one.login == login]))
    assert not wrong, "\n".join(["let through, or refused for another reason:", *wrong])


async def let_through(url: str, statements: list[str]) -> list[str]:
    """Return the statements that the server does not refuse for want of a right, and why not."""
    engine = create_engine(url, pool_size=1)
    try:
        async with engine.connect() as made:
            connection = await made.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql(FIRST)
            answers = [(statement, await refusal(connection, statement)) for statement in statements]
    finally:
        await engine.dispose()
    return [f"{statement}: {answer}" for statement, answer in answers if answer != INSUFFICIENT_PRIVILEGE]


async def refusal(connection: AsyncConnection, statement: str) -> str | None:
    try:
        await connection.exec_driver_sql(statement)
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", error))
    return None
