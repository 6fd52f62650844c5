from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.curves import START
from tests.unit.portfolio.test_package_results import WINNER

from poise_portfolio.domain.performance.curve import DAY
from poise_portfolio.domain.performance.metrics import Metrics, metrics_of
from poise_portfolio.domain.performance.parts import curve_of_bookings, metrics_by
from poise_portfolio.domain.performance.trades import PackageResult

D = Decimal


def ended(asset: str, day: int, net_usd: str) -> PackageResult:
    """A package that made so much, and ended so many days after the start."""
    return replace(
        WINNER,
        asset=asset,
        opened_at=START,
        closed_at=START + day * DAY,
        price_usd=D(net_usd),
        funding_usd=D(0),
        fees_usd=D(0),
        slippage_usd=D(0),
    )


def by_asset(results: Sequence[PackageResult], capital_usd: str, until: datetime) -> Mapping[str, Metrics]:
    asset = attrgetter("asset")
    return metrics_by(results, asset, capital_usd=D(capital_usd), since=START, until=until, risk_free_rate=0.0)


def test_a_part_of_the_desk_is_its_capital_and_what_it_booked_in_time() -> None:
    bookings = [
        (START + 2 * DAY, D(30)),
        (START + DAY, D(-10)),
        (START + 2 * DAY, D(5)),
        (START, D(1000)),
        (START + 9 * DAY, D(1000)),
    ]
    part = curve_of_bookings(D(1000), bookings, START, START + 4 * DAY)
    assert part.times == (START, START + DAY, START + 2 * DAY, START + 4 * DAY)
    assert part.equity_usd.tolist() == [1000, 990, 1025, 1025]
    assert part.external_usd.tolist() == [0, 0, 0, 0]


def test_a_part_that_booked_nothing_stands_still() -> None:
    assert curve_of_bookings(D(1000), [], START, START + DAY).growth().tolist() == [1, 1]


def test_each_part_is_measured_on_the_desks_capital_as_its_packages_end() -> None:
    results = [ended("ETH", 1, "-50"), ended("BTC", 2, "100"), ended("BTC", 3, "-55"), replace(WINNER, closed_at=None)]
    parts = by_asset(results, "1000", START + 10 * DAY)
    assert list(parts) == ["BTC", "ETH"]
    assert parts["ETH"].total_return == pytest.approx(-0.05)
    assert parts["BTC"].total_return == pytest.approx(0.045)
    assert parts["BTC"].max_drawdown == pytest.approx(0.05)
    assert (parts["BTC"].periods, parts["BTC"].under_water_days) == (10, 8)


def test_what_ended_before_the_period_or_after_it_is_no_part_of_it() -> None:
    results = [ended("BTC", 0, "500"), ended("BTC", 1, "10"), ended("BTC", 5, "500")]
    (btc,) = by_asset(results, "1000", START + 4 * DAY).values()
    assert btc.total_return == pytest.approx(0.01)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 20), st.integers(-30, 30)), max_size=12))
def test_what_the_parts_made_adds_up_to_what_all_packages_made(packages: list[tuple[str, int, int]]) -> None:
    results = [ended(asset, day, str(usd)) for asset, day, usd in packages]
    until = START + 20 * DAY
    parts = by_asset(results, "10000", until)
    bookings = [(result.closed_at, result.net_usd) for result in results if result.closed_at is not None]
    whole = metrics_of(curve_of_bookings(D(10_000), bookings, START, until), 0.0)
    assert sum(part.total_return for part in parts.values()) == pytest.approx(whole.total_return, abs=1e-9)
