"""How a regime is told, worked by hand, and that it does not flicker."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from poise_signals.domain.regimes.asset_models import AssetsConfig, Regime
from poise_signals.domain.regimes.measures import efficiency_ratio, percentile_of_newest, realised_volatilities
from poise_signals.domain.regimes.telling import Measures, tell

FILE = Path(__file__).parents[4] / "config" / "assets.yaml"


def shipped(**regimes: Any) -> AssetsConfig:
    values = yaml.safe_load(FILE.read_text())
    values["regimes"] |= regimes
    return AssetsConfig.model_validate(values)


CONFIG = shipped()


def told(
    percentile: float, efficiency: float = 0.0, *, asset: str = "BTC", before: Regime, volume: float = 2.0
) -> Regime:
    return tell(Measures(percentile, efficiency, volume), before, CONFIG.of(asset), CONFIG.regimes)


def test_realised_volatility_worked_by_hand() -> None:
    # Log returns 1 −1 3 %: over two bars √((1 + 1) / 2) = 1 % and √((1 + 9) / 2) = 2.2361 %.
    closes = np.exp(np.cumsum([0.0, 0.01, -0.01, 0.03]))
    assert realised_volatilities(closes, 2) == pytest.approx([0.01, 0.0223607], rel=1e-5)


def test_a_percentile_worked_by_hand() -> None:
    # Of 1 2 3 3 before it, 3 has two below and two equal: (2 + 1) / 4.
    assert percentile_of_newest(np.array([1.0, 2.0, 3.0, 3.0, 3.0])) == 75.0
    assert percentile_of_newest(np.array([1.0, 2.0, 9.0])) == 100.0
    assert percentile_of_newest(np.array([5.0, 6.0, 1.0])) == 0.0


def test_an_efficiency_ratio_worked_by_hand() -> None:
    # 10 → 12 → 11 → 14: 4 made of 2 + 1 + 3 walked.
    assert efficiency_ratio(np.array([10.0, 12.0, 11.0, 14.0])) == pytest.approx(2 / 3)
    assert efficiency_ratio(np.array([14.0, 12.0, 10.0])) == 1.0
    assert efficiency_ratio(np.full(5, 3.0)) == 0.0


@pytest.mark.parametrize(
    ("percentile", "efficiency", "regime"),
    [
        (50, 0.1, Regime.CALM),
        (50, 0.5, Regime.TRENDING),
        (85, 0.5, Regime.VOLATILE),
        (98, 0.5, Regime.STRESSED),
    ],
)
def test_the_most_severe_that_applies_is_told(percentile: float, efficiency: float, regime: Regime) -> None:
    assert told(percentile, efficiency, before=Regime.UNKNOWN) is regime


def test_a_sensitive_asset_is_stressed_and_volatile_sooner() -> None:
    # SOL's tails are 1.5 times as wide: stressed above 100 − 3 × 1.5 = 95.5, volatile above 100 − 20 × 1.5 = 70.
    assert told(96, before=Regime.CALM) is Regime.VOLATILE
    assert told(96, asset="SOL", before=Regime.CALM) is Regime.STRESSED
    assert told(71, before=Regime.CALM) is Regime.CALM
    assert told(71, asset="SOL", before=Regime.CALM) is Regime.VOLATILE


def test_a_regime_is_left_only_a_margin_below_where_it_began() -> None:
    assert told(88, before=Regime.STRESSED) is Regime.STRESSED
    assert told(86, before=Regime.STRESSED) is Regime.VOLATILE
    assert told(71, before=Regime.VOLATILE) is Regime.VOLATILE
    assert told(69, before=Regime.VOLATILE) is Regime.CALM
    assert told(50, 0.35, before=Regime.TRENDING) is Regime.TRENDING
    assert told(50, 0.29, before=Regime.TRENDING) is Regime.CALM


def test_a_move_on_little_volume_is_no_trend() -> None:
    assert told(50, 0.6, before=Regime.CALM, volume=0.9) is Regime.CALM
    assert told(50, 0.6, before=Regime.CALM, volume=1.0) is Regime.TRENDING
    assert told(50, 0.6, before=Regime.TRENDING, volume=0.5) is Regime.TRENDING


@given(
    st.floats(0, 100),
    st.floats(0, 1),
    st.lists(st.tuples(st.floats(-4.9, 4.9), st.floats(-0.07, 0.07)), min_size=2, max_size=30),
    st.sampled_from(list(CONFIG.assets)),
)
def test_what_stays_within_a_margin_changes_its_regime_once_at_most(
    percentile: float, efficiency: float, wobbles: list[tuple[float, float]], asset: str
) -> None:
    regime, changes = told(percentile, efficiency, asset=asset, before=Regime.CALM), 0
    for up, straighter in wobbles:
        after = told(
            min(max(percentile + up, 0), 100), min(max(efficiency + straighter, 0), 1), asset=asset, before=regime
        )
        changes += after is not regime
        regime = after
    assert changes <= 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"volatile_above_percentile": 98}, "must be below stressed_above_percentile 97"),
        ({"history_bars_min": 800}, "at most 720 passes"),
        ({"volatility_bars": 240}, "more than volatility_bars 240 passes"),
        ({"efficiency_margin": 0.5}, "less than trending_above_efficiency 0.45 passes"),
        ({"history_bars_min": 24, "volatility_bars": 4}, "trend_lookback_h 24 is more than is known"),
    ],
)
def test_thresholds_that_cannot_work_are_refused_with_what_passes(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        shipped(**change)


def test_the_shipped_models_are_the_specified_ones_and_others_get_the_default() -> None:
    shown = {
        asset: (CONFIG.of(asset).regime_sensitivity, CONFIG.of(asset).trend_lookback_h)
        for asset in ("BTC", "ETH", "SOL")
    }
    assert shown == {"BTC": (1.0, 24), "ETH": (1.1, 18), "SOL": (1.5, 12)}
    assert CONFIG.of("XRP") == CONFIG.default
