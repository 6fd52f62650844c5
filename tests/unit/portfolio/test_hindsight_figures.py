"""Hindsight as metrics."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY
from tests.unit.portfolio.hindsight_desk import HindsightDesk

from poise_portfolio.adapters.hindsight_figures import show_hindsight
from poise_portfolio.domain.hindsight.records import FundingPrediction

SIXTEEN = datetime(2026, 3, 2, 16, tzinfo=UTC)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"{name}_total", labels) or 0.0


def test_what_limits_kept_the_desk_from_counts_when_it_has_ended_and_once() -> None:
    for perpetual, limit in ((90.0, "gaining"), (120.0, "losing")):
        desk = HindsightDesk().ready()
        desk.tell(desk.decided(limit)).marked(100.0, perpetual).wait(301)
        desk.tell(desk.evaluated(-0.01, 0.0)).wait(1)
        for record in desk.records:
            show_hindsight(record)
        (package,) = desk.refused
        assert counted("poise_refused_packages_ended", binding_limit=limit, end="edge_gone") == 1
        gained = counted("poise_refused_packages_gained_usd", binding_limit=limit)
        lost = counted("poise_refused_packages_lost_usd", binding_limit=limit)
        assert gained - lost == float(package.net_usd)
        assert min(gained, lost) == 0


def test_bias_and_mean_error_of_funding_can_be_read_from_its_counters() -> None:
    for error in (0.0003, -0.0001, 0.0):
        settled = FundingPrediction("venue of this test", "BTC/USDT:USDT", SIXTEEN, 60, 0.001 + error, SIXTEEN, 0.001)
        show_hindsight(settled)
    unsettled = FundingPrediction("venue of this test", "BTC/USDT:USDT", SIXTEEN + timedelta(hours=8), 60, 0.9, SIXTEEN)
    show_hindsight(unsettled)
    labels = {"venue": "venue of this test", "lead_s": "60"}
    settlements = counted("poise_funding_predictions_settled", **labels)
    too_much = counted("poise_funding_predicted_too_much", **labels)
    too_little = counted("poise_funding_predicted_too_little", **labels)
    assert settlements == 3
    assert abs((too_much - too_little) / settlements - 0.0002 / 3) < 1e-12
    assert abs((too_much + too_little) / settlements - 0.0004 / 3) < 1e-12
