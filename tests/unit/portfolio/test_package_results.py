from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_portfolio.domain.performance.trades import PackageResult, results_by, summary_of

D = Decimal
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIFTH_OF_A_YEAR = timedelta(days=73)

WINNER = PackageResult(
    package_id=UUID(int=1),
    strategy="funding_carry",
    asset="BTC",
    venues=("binance", "binance"),
    opened_at=NOON,
    closed_at=NOON + FIFTH_OF_A_YEAR,
    exposure_usd=D(10_000),
    price_usd=D(20),
    funding_usd=D(150),
    fees_usd=D(14),
    borrow_usd=D(0),
    slippage_usd=D(6),
    expected_apr=0.09,
)
LOSER = replace(
    WINNER,
    package_id=UUID(int=2),
    asset="ETH",
    venues=("okx", "binance"),
    closed_at=NOON + 2 * FIFTH_OF_A_YEAR,
    exposure_usd=D(5_000),
    price_usd=D(-60),
    funding_usd=D(30),
    fees_usd=D(9),
    borrow_usd=D(1),
    slippage_usd=D(10),
    expected_apr=None,
)
HELD = replace(
    WINNER, package_id=UUID(int=3), strategy="cash_and_carry", closed_at=None, funding_usd=D(40), fees_usd=D(7)
)

money = st.integers(-10_000, 10_000).map(lambda cents: D(cents) / 100)
results = st.builds(
    PackageResult,
    package_id=st.uuids(),
    strategy=st.sampled_from(["funding_carry", "cash_and_carry"]),
    asset=st.sampled_from(["BTC", "ETH", "SOL"]),
    venues=st.sampled_from([("a", "a"), ("a", "b"), ("b", "a")]),
    opened_at=st.just(NOON),
    closed_at=st.none() | st.integers(0, 10_000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    exposure_usd=st.integers(0, 100_000).map(D),
    price_usd=money,
    funding_usd=money,
    fees_usd=money,
    borrow_usd=money,
    slippage_usd=money,
    expected_apr=st.none() | st.floats(-1, 1),
)


def test_a_package_made_its_parts_and_that_much_a_year_on_its_exposure() -> None:
    assert WINNER.net_usd == D(150)
    # 1.5 % in a fifth of a year.
    assert WINNER.realised_apr == pytest.approx(0.075)
    assert LOSER.net_usd == D(-50)
    assert LOSER.realised_apr == pytest.approx(-0.025)


def test_a_package_that_is_open_or_held_nothing_has_no_yearly_rate() -> None:
    assert (HELD.held, HELD.realised_apr) == (None, None)
    assert replace(WINNER, exposure_usd=D(0)).realised_apr is None
    assert replace(WINNER, closed_at=NOON).realised_apr is None


def test_a_package_across_two_venues_stands_under_both() -> None:
    assert (WINNER.venue, LOSER.venue) == ("binance", "binance / okx")


def test_results_add_up() -> None:
    summary = summary_of([WINNER, LOSER, HELD])
    assert (summary.packages, summary.open_packages) == (2, 1)
    assert summary.net_usd == D(150) - D(50) + D(47)
    assert (summary.price_usd, summary.funding_usd) == (D(-20), D(220))
    assert (summary.fees_usd, summary.borrow_usd, summary.slippage_usd) == (D(30), D(1), D(22))
    assert (summary.win_rate, summary.profit_factor) == (0.5, 3.0)
    assert summary.mean_holding_h == pytest.approx(109.5 * 24)


def test_a_yearly_rate_weighs_a_package_by_its_size_and_its_length() -> None:
    summary = summary_of([WINNER, LOSER, HELD])
    # 100 USD of 10,000 for a fifth of a year and 5,000 for two fifths; what the loser was to make is not known.
    assert summary.realised_apr == pytest.approx(100 / 4_000)
    assert summary.expected_apr == pytest.approx(0.09)


def test_shares_are_of_all_that_was_made_and_paid() -> None:
    shares = summary_of([WINNER]).shares
    assert shares is not None
    assert astuple(shares) == pytest.approx((20 / 190, 150 / 190, -14 / 190, 0, -6 / 190))


def test_without_packages_nothing_was_made_and_no_ratio_is_defined() -> None:
    empty = summary_of([])
    assert (empty.packages, empty.open_packages, empty.net_usd) == (0, 0, 0)
    assert (empty.win_rate, empty.profit_factor, empty.shares) == (None, None, None)
    assert (empty.mean_holding_h, empty.realised_apr, empty.expected_apr) == (None, None, None)


def test_without_a_loser_there_is_no_profit_factor() -> None:
    assert summary_of([WINNER]).profit_factor is None
    assert summary_of([LOSER]).profit_factor == 0


def test_results_are_told_by_what_is_asked_for_in_order() -> None:
    packages = [LOSER, WINNER, HELD]
    assert list(results_by(packages, attrgetter("asset"))) == ["BTC", "ETH"]
    assert list(results_by(packages, attrgetter("strategy"))) == ["cash_and_carry", "funding_carry"]
    assert list(results_by(packages, attrgetter("venue"))) == ["binance", "binance / okx"]
    assert results_by(packages, attrgetter("asset"))["ETH"] == summary_of([LOSER])


@given(st.lists(results, max_size=20), st.sampled_from(["strategy", "asset", "venue"]))
def test_groups_add_up_to_the_portfolio(packages: list[PackageResult], key: str) -> None:
    groups = results_by(packages, attrgetter(key)).values()
    whole = summary_of(packages)
    for figure in ("packages", "open_packages", "net_usd", "price_usd", "funding_usd", "fees_usd", "slippage_usd"):
        assert sum(getattr(group, figure) for group in groups) == getattr(whole, figure)


@given(st.lists(results, max_size=20))
def test_parts_add_up_to_the_net_and_shares_to_one(packages: list[PackageResult]) -> None:
    whole = summary_of(packages)
    costs = whole.fees_usd + whole.borrow_usd + whole.slippage_usd
    assert whole.price_usd + whole.funding_usd - costs == whole.net_usd
    if whole.shares is not None:
        assert sum(map(abs, astuple(whole.shares))) == pytest.approx(1)
