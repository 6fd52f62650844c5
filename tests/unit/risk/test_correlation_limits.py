"""How much of the desk may be one bet: 25 % of 100,000 over packages that move together."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, check, decision, figures, limits_with, perpetual, spot

from poise_common.contracts.packages import Verdict


@pytest.fixture
def holding(desk: RiskDesk) -> RiskDesk:
    """9,000 each of ETH and SOL are held."""
    desk.hold("ETH", 9_000)
    desk.hold("SOL", 9_000)
    desk.portfolio()
    return desk


def test_packages_whose_spreads_correlate_count_together(holding: RiskDesk) -> None:
    holding.correlations(rho={"BTC ETH": 0.8, "BTC SOL": 0.71})
    outputs = holding.send(holding.request("BTC", 10_000))
    measured = check(outputs, "correlated_exposure")
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (28_000, 25_000, 7_000)
    assert measured.detail == "with ETH, SOL"
    assert decision(outputs).binding_limit == "correlated_exposure"
    assert decision(outputs).approved_exposure_usd == 7_000


@pytest.mark.parametrize(("rho", "value"), [(0.70, 10_000), (0.7001, 19_000), (-0.9, 10_000)])
def test_only_what_correlates_above_the_threshold_counts(holding: RiskDesk, rho: float, value: int) -> None:
    holding.correlations(rho={"BTC ETH": rho})
    assert check(holding.send(holding.request("BTC", 10_000)), "correlated_exposure").value == value


def test_the_same_asset_is_one_bet(desk: RiskDesk) -> None:
    desk.hold("BTC", 9_000)
    desk.hold("BTC", 9_000)
    desk.portfolio()
    assert check(desk.send(desk.request("BTC", 10_000)), "correlated_exposure").value == 28_000


def test_reservations_count_as_what_is_held_does(desk: RiskDesk) -> None:
    desk.correlations(rho={"BTC ETH": 0.9})
    desk.open("ETH", 10_000)
    assert check(desk.send(desk.request("BTC", 5_000)), "correlated_exposure").value == 15_000


def test_a_pair_of_which_nothing_is_known_counts_as_one_bet(holding: RiskDesk) -> None:
    holding.correlations(rho={"BTC ETH": None})
    assert check(holding.send(holding.request("BTC", 10_000)), "correlated_exposure").value == 19_000


def test_an_asset_that_the_matrix_lacks_correlates_with_everything(holding: RiskDesk) -> None:
    holding.correlations(assets=["ETH", "SOL"])
    assert check(holding.send(holding.request("BTC", 10_000)), "correlated_exposure").value == 28_000


@pytest.mark.parametrize(("rho", "value"), [(0.9, 10_000), (-0.9, 19_000), (None, 19_000)])
def test_a_package_the_other_way_round_correlates_the_other_way(rho: float | None, value: int) -> None:
    desk = RiskDesk(limits_with()).ready()
    held = desk.hold("ETH", 9_000)
    reversed_legs = {
        "long_leg": held.short_leg.model_copy(update={"quantity": Decimal(90)}),
        "short_leg": held.long_leg.model_copy(update={"quantity": Decimal(-90)}),
    }
    desk.held[held.package_id] = held.model_copy(update=reversed_legs)
    desk.portfolio()
    desk.correlations(rho={"BTC ETH": rho})
    assert check(desk.send(desk.request("BTC", 10_000)), "correlated_exposure").value == value


@pytest.mark.parametrize(("rho", "value"), [(0.9, 19_000), (-0.9, 19_000), (0.5, 10_000)])
def test_of_a_package_between_two_perpetuals_either_sign_counts(rho: float, value: int) -> None:
    desk = RiskDesk(limits_with()).ready()
    held = desk.hold("ETH", 9_000)
    other = held.long_leg.model_copy(update={"venue": "other", "symbol": "ETH/USDT:USDT"})
    desk.held[held.package_id] = held.model_copy(update={"long_leg": other})
    desk.portfolio()
    desk.correlations(rho={"BTC ETH": rho})
    assert check(desk.send(desk.request("BTC", 10_000)), "correlated_exposure").value == value


def test_nothing_is_opened_before_the_first_correlations() -> None:
    desk = RiskDesk()
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.books()
    desk.venue()
    desk.portfolio()
    decided = decision(desk.send(desk.request("BTC", 5_000)))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "correlations_fresh")
    assert "no correlations of spread returns yet" in decided.reason


@pytest.mark.parametrize(("age_s", "passed"), [(300, True), (301, False)])
def test_stale_correlations_reject_and_say_how_old_they_are(desk: RiskDesk, age_s: int, passed: bool) -> None:
    desk.now += timedelta(seconds=age_s)
    desk.books()
    desk.venue()
    desk.portfolio()
    measured = check(desk.send(desk.request("BTC", 5_000)), "correlations_fresh")
    assert figures(measured.passed, measured.value, measured.allowed) == (passed, age_s, 300)


def test_an_older_matrix_that_comes_late_changes_nothing(holding: RiskDesk) -> None:
    holding.correlations(rho={"BTC ETH": 0.9})
    holding.correlations(as_of=holding.now - timedelta(seconds=60))
    assert check(holding.send(holding.request("BTC", 5_000)), "correlated_exposure").value == 14_000


def test_the_matrix_of_a_day_says_nothing_of_spreads_or_clusters(holding: RiskDesk) -> None:
    holding.correlations("24h", rho={"BTC ETH": 0.99}, clusters=[["BTC", "ETH"]])
    outputs = holding.send(holding.request("BTC", 5_000))
    values = (check(outputs, limit).value for limit in ("correlated_exposure", "cluster_exposure"))
    assert figures(*values) == (5_000, 5_000)


def test_a_matrix_with_a_row_missing_is_not_taken(holding: RiskDesk) -> None:
    holding.correlations(rho={"BTC ETH": 0.9})
    whole = holding.core._desk.correlations
    sent = holding.matrix(rho={"BTC SOL": 0.9})
    holding.send(sent.model_copy(update={"rho": sent.rho[1:]}))
    assert holding.core._desk.correlations is whole


def test_a_cluster_counts_as_one_asset(holding: RiskDesk) -> None:
    holding.correlations("90d", clusters=[["BTC", "ETH", "SOL"], ["XRP"]])
    outputs = holding.send(holding.request("BTC", 10_000))
    measured = check(outputs, "cluster_exposure")
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (28_000, 25_000, 7_000)
    assert decision(outputs).binding_limit == "cluster_exposure"


def test_an_asset_in_no_cluster_is_by_itself_where_all_of_it_is_known(holding: RiskDesk) -> None:
    holding.correlations("90d", clusters=[["ETH", "SOL"]])
    assert check(holding.send(holding.request("BTC", 5_000)), "cluster_exposure").value == 5_000


def test_a_young_asset_moves_with_everything_and_everything_with_it(holding: RiskDesk) -> None:
    young: dict[str, float | None] = {f"ETH {other}": None for other in ("BTC", "SOL", "BNB", "XRP", "ADA", "DOT")}
    clusters = [["BTC"], ["SOL"], ["BNB"], ["XRP"], ["ADA"], ["DOT"]]
    holding.correlations("90d", rho=young, clusters=clusters)
    values = [check(holding.send(holding.request(asset, 1_000)), "cluster_exposure").value for asset in ("ETH", "BTC")]
    # SOL is in a cluster of its own, and does not move with BTC; the packages asked for first are reserved by then.
    assert figures(*values) == (19_000, 11_000)


def test_before_the_first_clusters_all_assets_move_as_one() -> None:
    desk = RiskDesk()
    desk.universe([(spot(asset), perpetual(asset), 1) for asset in ("BTC", "ETH")])
    desk.books()
    desk.venue()
    desk.phase()
    desk.hold("ETH", 9_000)
    desk.portfolio()
    desk.correlations()
    assert check(desk.send(desk.request("BTC", 5_000)), "cluster_exposure").value == 14_000


def test_of_stale_clusters_nothing_is_known(holding: RiskDesk) -> None:
    holding.correlations("90d", clusters=[["BTC"], ["ETH"], ["SOL"]])
    holding.now += timedelta(seconds=7_501)
    holding.books()
    holding.venue()
    holding.correlations()
    holding.portfolio()
    assert check(holding.send(holding.request("BTC", 5_000)), "cluster_exposure").value == 23_000
