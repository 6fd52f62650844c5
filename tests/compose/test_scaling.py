"""A tier of ingestion grows and shrinks while the desk trades, and no book is missed."""

import json
import subprocess
from pathlib import Path

import pytest
from tests.compose.stack import Stack, eventually
from tests.compose.test_trading import asked

pytestmark = [pytest.mark.compose, pytest.mark.timeout(1500)]

PROMISED_S = 5.0
SERVICE, TIER = "ingestion-tier3", 3
SHARE, REPLICAS = "poise_ingestion_share", "poise_ingestion_replicas"
_WATCHING = (Path(__file__).parent / "book_gaps.py").read_text()


def told(stack: Stack, gauge: str) -> list[int]:
    """What each replica of the tier says, by Prometheus."""
    result = asked(stack, f"query?query={gauge}{{tier=%22{TIER}%22}}")["result"]
    return [int(each["value"][1]) for each in result]


def scale(stack: Stack, replicas: int) -> float:
    """Have so many replicas; return after how many seconds, healthy, each knows of all and has its share."""
    stack.compose("up", "-d", "--no-deps", "--scale", f"{SERVICE}={replicas}", SERVICE)
    stack.wait_until_healthy(SERVICE)

    def shared() -> bool:
        shares = told(stack, SHARE)
        return len(shares) == replicas and min(shares) > 0 and told(stack, REPLICAS) == [replicas] * replicas

    return eventually(shared, 120, lambda: f"{told(stack, REPLICAS)} replicas share {told(stack, SHARE)}")


def test_three_replicas_and_one_again_lose_no_book_for_longer_than_promised(stack: Stack) -> None:
    stack.wait_until_healthy()
    scale(stack, 1)
    (followed_before,) = told(stack, SHARE)
    command = [*stack.beside("bus", "operator", 10001), "python", "-c", _WATCHING, f"md.books.{TIER}"]
    with subprocess.Popen(  # noqa: S603 - one of our own images
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdin is not None
        assert watching.stdout.readline().strip() == "watching"
        three_s = scale(stack, 3)
        one_s = scale(stack, 1)
        said, _ = watching.communicate(timeout=30)
    seen_s: dict[str, tuple[float, float]] = json.loads(said)
    (followed_after,) = told(stack, SHARE)
    followed = min(followed_before, followed_after)
    longest, (longest_s, _) = max(seen_s.items(), key=lambda item: item[1][0])
    silent = [key for key, (_, silence_s) in seen_s.items() if silence_s > PROMISED_S]
    print(f"\n{followed_before} instruments, then {followed_after}")
    print(f"shared by three {three_s:.1f} s after they were healthy, by one {one_s:.1f} s")
    print(f"longest time without a book: {longest_s:.2f} s, {longest}; silent at the end: {silent or 'none'}")
    assert longest_s <= PROMISED_S, longest
    assert len(seen_s) - len(silent) >= followed, (
        f"silent is only what left the universe meanwhile; heard of: {sorted(seen_s)}"
    )
