"""Who uses the bus and the book in the running stack, and how to act as each: in its container, with its secrets."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.compose.stack import Stack, run

HERE = Path(__file__).parent
BESIDE = {"console": ("operator", 10001), "grafana": ("grafana", 472)}
"""Whose container is not there or has no Python: the folder of its secrets, and its user."""
_AT_ONCE = 400
"""So many commands at a time: an argument of a program is not endless."""


def redis_answers(stack: Stack, user: str, commands: Sequence[tuple[str, ...]]) -> list[str]:
    """Give commands to the stack's Redis as a user; returns `NOPERM` for each that was denied."""
    if user == "health":
        return [_as_health(stack, command) for command in commands]
    return _in_parts(stack, user, "bus", commands, script="try_redis.py")


def postgres_answers(stack: Stack, login: str, first: str, statements: Sequence[str]) -> list[str]:
    """Say statements to the stack's Postgres as a login; returns the SQLSTATE of each that was denied."""
    return _in_parts(stack, login, "book", statements, script="try_postgres.py", given=(login, first))


def _in_parts(
    stack: Stack, user: str, network: str, asked: Sequence[object], *, script: str, given: tuple[str, ...] = ()
) -> list[str]:
    answers: list[str] = []
    for start in range(0, len(asked), _AT_ONCE):
        arguments = (*given, json.dumps(asked[start : start + _AT_ONCE]))
        if user in BESIDE:
            command = (*stack.beside(network, *BESIDE[user]), "python", "-", *arguments)
            said = run(*command, given=(HERE / script).read_text())
        else:
            said = stack.inside("ingestion-tier1" if user == "ingestion" else user, HERE / script, *arguments)
        answers += json.loads(said)
    return answers


def _as_health(stack: Stack, command: tuple[str, ...]) -> str:
    login = 'redis-cli --no-auth-warning --user health --pass "$(cat /run/secrets/health-password)" "$@"'
    said = run("docker", "exec", stack.container("redis").id, "sh", "-c", login, "sh", *command)
    return "NOPERM" if said.startswith("NOPERM") else said
