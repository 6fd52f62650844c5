"""What Prometheus is told of the portfolio."""

import pytest
from prometheus_client import REGISTRY
from tests.unit.portfolio.desk import Desk

from poise_common.platform.observed_core import ObservedCore
from poise_portfolio.adapters.figures import show

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.fixture
def seen() -> Desk:
    """A desk with 100,000 that holds 10 BTC at 100, hedged, whose spot has since fallen to 90."""
    desk = Desk()
    desk.core = ObservedCore(desk.core, show)  # type: ignore[assignment]  # the shell's view of the same core
    desk.open_account()
    desk.tell(desk.fill(SPOT, "buy", "10", "100"), desk.fill(PERPETUAL, "sell", "10", "100"), desk.opened())
    desk.tell(desk.book(PERPETUAL, 100), desk.book(SPOT, 90))
    return desk.wait(2)


@pytest.mark.usefixtures("seen")
def test_equity_is_shown_with_its_day_and_how_far_it_is_below_its_highest() -> None:
    assert shown("poise_equity_usd") == pytest.approx(99_900)
    assert shown("poise_own_equity_usd") == pytest.approx(99_900)
    assert shown("poise_day_pnl_usd") == pytest.approx(-100)
    assert shown("poise_drawdown_ratio") == pytest.approx(0.001)


@pytest.mark.usefixtures("seen")
def test_packages_are_counted_by_state() -> None:
    assert (shown("poise_packages", state="open"), shown("poise_packages", state="closing")) == (1, 0)
