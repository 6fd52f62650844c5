"""Places where a test strikes."""

from collections.abc import Iterator

import pytest

from poise_common.platform.failpoints import Failpoint, arm, disarm, hit


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    disarm()


def test_a_place_does_nothing_until_it_is_armed_and_after_it_is_disarmed() -> None:
    reached: list[str] = []
    hit(Failpoint.COMMIT_BEFORE)
    arm(reached.append)
    hit(Failpoint.COMMIT_AFTER)
    disarm()
    hit(Failpoint.POST_BEFORE)
    assert reached == ["commit.after"]


def test_a_strike_that_raises_fails_the_step_it_stands_at() -> None:
    def strike(name: str) -> None:
        raise OSError(name)

    arm(strike)
    with pytest.raises(OSError, match=r"publish\.before"):
        hit(Failpoint.PUBLISH_BEFORE)
