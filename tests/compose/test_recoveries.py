"""Whatever is killed comes back by itself, and the desk trades on with what it held."""

from functools import partial

import pytest
from tests.compose.stack import Container, Stack, eventually, run

pytestmark = [pytest.mark.compose, pytest.mark.timeout(3600)]

RECOVERED_WITHIN_S = 120
VENUES = ("paper", "paper_okx")


def kill(container: Container) -> None:
    """End a container's first process as a crash would: the engine takes `docker kill` for a wish of ours."""
    blow = f"import os; os.kill({container.pid}, 9)"
    run(
        "docker",
        "run",
        "--rm",
        "--pid",
        "host",
        "--network",
        "none",
        "python:3.11-slim-bookworm",
        "python3",
        "-c",
        blow,
    )


def is_back(stack: Stack, killed: Container) -> bool:
    there = stack.containers(killed.service)
    return bool(there) and there[0].pid != killed.pid and there[0].is_healthy


def are_healthy(stack: Stack) -> bool:
    there = stack.containers()
    return len(there) == len(stack.servers) and all(each.is_healthy for each in there)


def locked(stack: Stack) -> list[str]:
    return stack.sql("SELECT venue FROM execution.locks WHERE acknowledged_at IS NULL ORDER BY venue").split()


def test_each_container_that_is_killed_comes_back_and_the_desk_trades_on(stack: Stack) -> None:
    opened = stack.wait_until_traded()
    print()
    for service in [name for name in stack.servers if name != "simulator"]:
        before = stack.container(service)
        kill(before)

        back_s = eventually(partial(is_back, stack, before), RECOVERED_WITHIN_S, partial(stack.logs, service))
        all_s = eventually(partial(are_healthy, stack), RECOVERED_WITHIN_S, stack.logs)
        print(f"{service:16} killed: back {back_s:5.1f} s later, all of the desk {back_s + all_s:5.1f} s later")
        assert locked(stack) == []
    print(f"{stack.wait_until_traded(beyond=max(opened, stack.packages()))} packages opened by now")
    assert locked(stack) == []


def test_a_venue_that_forgets_the_account_is_locked_until_the_operator_takes_it_as_it_is(stack: Stack) -> None:
    stack.wait_until_traded()
    kill(stack.container("simulator"))
    locked_s = eventually(
        lambda: locked(stack) == list(VENUES), 180, lambda: f"locked: {locked(stack)}\n{stack.logs()}"
    )
    opened = stack.packages()
    print(f"\nboth venues forgot their accounts: locked {locked_s:.1f} s later")
    for venue in VENUES:
        stack.operator("ack", venue, "--yes", "--reason", "the simulated venue began anew")
    eventually(lambda: locked(stack) == [], 120, lambda: f"locked: {locked(stack)}")
    stack.operator("resume", "--reason", "taken as it is")
    print(f"acknowledged: {stack.wait_until_traded(beyond=opened)} packages opened by now")
