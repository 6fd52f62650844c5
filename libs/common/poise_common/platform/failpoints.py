"""Places between two durable steps where a test strikes: nothing happens at them unless a test's launcher arms them."""

from collections.abc import Callable
from enum import StrEnum

Strike = Callable[[str], None]
"""Called with the name of the place that was reached, on the thread that reached it."""


class Failpoint(StrEnum):
    """Every place, by the step it stands at."""

    COMMIT_BEFORE = "commit.before"
    COMMIT_AFTER = "commit.after"
    PUBLISH_BEFORE = "publish.before"
    PUBLISH_AFTER = "publish.after"
    ACK_BEFORE = "ack.before"
    ACK_AFTER = "ack.after"
    POST_BEFORE = "post.before"
    POST_AFTER = "post.after"


_armed: list[Strike] = []


def arm(strike: Strike) -> None:
    """Have every place call `strike` from now on, in this process."""
    _armed.append(strike)


def disarm() -> None:
    """Have no place call anything."""
    _armed.clear()


def hit(name: str) -> None:
    """Say that a place is reached."""
    for strike in _armed:
        strike(name)
