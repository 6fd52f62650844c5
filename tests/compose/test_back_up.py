"""A book that was saved, lost and restored is traded on with what it held."""

import re

import pytest
from tests.compose.stack import Stack, eventually, run
from tests.compose.test_recoveries import locked

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

TRADING = ("signals", "risk", "execution", "portfolio", "notifier")
FILLS = "SELECT venue, symbol, trade_id, quantity, price FROM portfolio.fills ORDER BY 1, 2, 3"
HELD = "SELECT venue, symbol, quantity FROM portfolio.positions WHERE quantity <> 0 ORDER BY 1, 2"


def saved(stack: Stack) -> str:
    """Back the book up; return the file's name."""
    said = stack.make("backup")
    name = re.search(r"poise-\S+\.dump", said)
    assert name is not None, said
    return name[0]


def test_a_restored_desk_holds_what_it_held_and_trades_on(stack: Stack) -> None:
    stack.wait_until_traded()
    eventually(lambda: bool(stack.sql(HELD)), 120, lambda: "nothing is held")
    stack.compose("stop", *TRADING)
    held, fills, opened = stack.sql(HELD), stack.sql(FILLS).splitlines(), stack.packages()
    name = saved(stack)

    stack.compose("rm", "--stop", "--force", "postgres", "redis")
    run("docker", "volume", "rm", f"{stack.project}_postgres-data", f"{stack.project}_redis-data")
    stack.compose("up", "-d", "postgres")
    stack.wait_until_healthy("postgres")
    assert stack.sql("SELECT to_regclass('portfolio.packages') IS NULL") == "t", "nothing is left of the book"

    stack.make("restore", f"FILE=backups/{name}")
    stack.wait_until_healthy()
    assert set(fills) <= set(stack.sql(FILLS).splitlines())
    print(f"\nrestored: {len(fills)} fills; held then:\n{held}")
    print(f"{stack.wait_until_traded(beyond=opened)} packages opened by now, {opened} of them before")
    assert locked(stack) == [], "the venues have what the book says"


def test_a_book_that_holds_packages_is_not_overwritten_unless_told(stack: Stack) -> None:
    stack.wait_until_traded()
    name = saved(stack)
    with pytest.raises(AssertionError, match="packages already; with FORCE=1"):
        stack.make("restore", f"FILE={name}")
    with pytest.raises(AssertionError, match="no back-up poise-of-yesterday"):
        stack.make("restore", "FILE=poise-of-yesterday.dump", "FORCE=1")
    stack.wait_until_healthy()


def test_an_upgrade_forgets_nothing(stack: Stack) -> None:
    opened = stack.wait_until_traded()
    fills = stack.sql(FILLS).splitlines()
    said = stack.make("upgrade")
    assert re.search(r"poise-\S+\.dump: \d+ bytes", said), "the book is saved first"
    stack.wait_until_healthy()
    assert set(fills) <= set(stack.sql(FILLS).splitlines())
    print(f"\nupgraded: {stack.wait_until_traded(beyond=opened)} packages opened by now, {opened} of them before")
    assert locked(stack) == []
