from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.portfolio.desk import CONFIG, rebalancing_over, shipped_parameters
from tests.unit.portfolio.phase_desk import phases_with

from poise_common.contracts.market_data import CandleInterval
from poise_portfolio.domain.parameters import CorrelationWindow, ResidualAlert


def test_the_shipped_windows_span_a_day_ninety_days_and_a_day_of_spreads() -> None:
    windows = {window.name: window.length.days for window in shipped_parameters().correlations.windows}
    assert CONFIG.exists()
    assert windows == {"24h": 1, "90d": 90, "spread_returns": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"usd_stablecoins": []}, "usd_stablecoins"),
        ({"state_interval_s": 0}, "state_interval_s"),
        ({"surprise": 1}, "surprise"),
        ({"correlations": {"cluster_rho_min": 1.1}}, "cluster_rho_min"),
        ({"residual_alert": {"above_usd": -1, "above_bps_of_equity": 1}}, "above_usd"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        shipped_parameters(**changes)


def test_more_points_than_bars_are_refused_with_what_passes() -> None:
    with pytest.raises(ValidationError, match="beyond the window's 10 bars; at most that passes"):
        CorrelationWindow.model_validate({"name": "24h", "interval": "1m", "bars": 10, "min_points": 11})


def test_a_spike_that_would_end_as_it_begins_is_refused_with_what_passes() -> None:
    correlations = shipped_parameters().correlations.model_dump()
    correlations["spikes"] |= {"rise_min": 0.2, "ends_below": 0.3}
    with pytest.raises(ValidationError, match=r"ends_below 0\.3 is beyond rise_min 0\.2: .* at most 0\.2 passes"):
        shipped_parameters(correlations=correlations)


def test_two_windows_of_one_name_are_refused() -> None:
    correlations = shipped_parameters().correlations.model_dump()
    correlations["windows"] = [window | {"name": "24h"} for window in correlations["windows"]]
    with pytest.raises(ValidationError, match="same name"):
        shipped_parameters(correlations=correlations)


def test_models_that_look_at_more_bars_than_a_window_keeps_are_refused_with_what_passes() -> None:
    with pytest.raises(ValidationError, match=r"2161 bars of 1h are wanted, .* keep 2160 of them; at most that passes"):
        shipped_parameters(rebalancing=rebalancing_over(2161))


def test_models_of_bars_that_no_window_follows_are_refused() -> None:
    rebalancing = rebalancing_over(60)
    rebalancing["models"]["interval"] = "5m"
    with pytest.raises(ValidationError, match=r"60 bars of 5m are wanted, .* keep 0 of them"):
        shipped_parameters(rebalancing=rebalancing)


def test_candles_are_kept_for_the_longest_window_of_their_interval() -> None:
    correlations = shipped_parameters().correlations.model_dump()
    bars = {"24h": 10, "90d": 10, "spread_returns": 600}
    correlations["windows"] = [
        window | {"bars": bars[window["name"]], "min_points": 5} for window in correlations["windows"]
    ]
    kept = shipped_parameters(correlations=correlations, rebalancing=rebalancing_over(10)).correlations
    assert kept.candles_needed[CandleInterval.MINUTE] == timedelta(minutes=602)
    assert kept.candles_needed[CandleInterval.HOUR] == timedelta(hours=12)


@pytest.mark.parametrize(
    ("residual", "equity", "beyond"),
    [("1", "100000", False), ("1.01", "100000", True), ("0.11", "1000", True), ("0.1", "1000", False)],
)
def test_either_bound_of_the_residual_suffices(residual: str, equity: str, beyond: bool) -> None:
    alert = ResidualAlert(above_usd=Decimal(1), above_bps_of_equity=Decimal(1))
    assert alert.is_beyond(Decimal(residual), Decimal(equity)) is beyond


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("initial", -1, "initial"),
        ("store_interval_s", 1, "at least 5 passes"),
        ("to_phase_1.drawdown_max_pct", 0, "drawdown_max_pct"),
        ("to_phase_1.assets", [], "assets"),
        ("to_phase_2.matrix_max_age_s", {"24h": 300, "7d": 300}, "7d is no matrix that is made"),
        ("to_phase_3.stable_assets_min", 5, "more than the 4 assets BTC, ETH, SOL, BNB; up to 4 passes"),
    ],
)
def test_gates_that_nobody_could_pass_are_refused_with_what_would(key: str, value: object, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        shipped_parameters(phases=phases_with(**{key: value}))
