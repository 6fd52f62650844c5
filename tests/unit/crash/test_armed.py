"""A process that ends itself where it is told to."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.crash.armed import FailpointOrder, OrderFile

_PROGRAM = """
import sys
from pathlib import Path
from poise_common.platform import failpoints
from tests.crash.armed import OrderFile, Strike
failpoints.arm(Strike(OrderFile(Path(sys.argv[1]))))
for number in range(1, 6):
    print(number, flush=True)
    failpoints.hit("publish.before")
    failpoints.hit("commit.after")
"""


def run(orders: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _PROGRAM, str(orders)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program


def test_it_ends_at_the_hit_it_was_told_and_the_order_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "risk.failpoint"
    OrderFile(path).give(FailpointOrder("commit.after", 3))
    ended = run(path)
    assert (ended.returncode, ended.stdout.split()) == (-signal.SIGKILL, ["1", "2", "3"])
    assert not path.exists()
    assert run(path).returncode == 0


def test_an_order_that_was_taken_back_is_not_carried_out(tmp_path: Path) -> None:
    orders = OrderFile(tmp_path / "risk.failpoint")
    orders.give(FailpointOrder("commit.after", 1))
    assert orders.take_back()
    assert not orders.take_back()
    assert run(tmp_path / "risk.failpoint").returncode == 0


def test_an_order_reads_as_it_is_written() -> None:
    assert FailpointOrder.parse("ack.before@7") == FailpointOrder("ack.before", 7)
    with pytest.raises(ValueError, match="invalid literal"):
        FailpointOrder.parse("ack.before")
