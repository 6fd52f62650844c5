import numpy as np
import pytest
from tests.unit.portfolio.models.histories import closes_by, history_of, targets

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelName

SECTORS = {"X": "payments", "Y": "payments", "Z": "meme"}


def returning(gain: float, bars: int = 30) -> Floats:
    """Closes that rise by this fraction over the last bars, and fell as much over those before."""
    step = np.log1p(gain) / bars
    return closes_by(np.where(np.arange(60) < 60 - bars, -step, step))


def rotated(gains: dict[str, float], sectors: dict[str, str] | None = None) -> MarketHistory:
    return history_of({asset: returning(gain) for asset, gain in gains.items()}, sectors or SECTORS)


def test_the_sector_with_the_best_mean_return_is_held_in_equal_parts() -> None:
    found = targets(ModelName.SECTOR_ROTATION, rotated({"X": 0.1, "Y": 0.24, "Z": 0.16}))
    assert found.weights == pytest.approx({"X": 0.4, "Y": 0.4})
    assert found.left_out == {"Z": "its sector meme returned 16.00%, payments 17.00%"}


def test_a_mean_and_not_the_best_asset_chooses_the_sector() -> None:
    found = targets(ModelName.SECTOR_ROTATION, rotated({"X": 0.1, "Y": 0.2, "Z": 0.16}))
    assert found.weights == pytest.approx({"Z": 0.8})
    assert set(found.left_out) == {"X", "Y"}


def test_the_best_of_falling_sectors_is_held_as_well() -> None:
    found = targets(ModelName.SECTOR_ROTATION, rotated({"X": -0.1, "Y": -0.2, "Z": -0.16}))
    assert set(found.weights) == {"X", "Y"}


def test_returns_are_of_the_last_bars_alone() -> None:
    history = history_of({"X": returning(0.5, bars=20), "Y": returning(0.1), "Z": returning(0.2)}, SECTORS)
    # X rose by √1.5 − 1 = 22.5 % over 30 bars; by half over the last 20, which would have made its sector the best
    found = targets(ModelName.SECTOR_ROTATION, history)
    assert found.weights == pytest.approx({"Z": 0.8})
    assert found.left_out["X"] == "its sector payments returned 16.24%, meme 20.00%"


def test_sectors_that_did_as_well_stand_in_the_order_of_names() -> None:
    found = targets(ModelName.SECTOR_ROTATION, rotated({"X": 0.1, "Y": 0.1, "Z": 0.1}))
    assert set(found.weights) == {"Z"}


def test_an_asset_without_a_sector_or_a_close_back_then_is_not_judged() -> None:
    history = rotated({"X": 0.1, "Y": 0.5, "Z": 0.16, "N": 0.9})
    history.closes[-31, 1] = np.nan
    found = targets(ModelName.SECTOR_ROTATION, history)
    assert found.weights == pytest.approx({"Z": 0.8})
    assert found.unjudged["Y"] == "its close 30 bars ago is missing"
    assert found.unjudged["N"] == "no sector is known of it"
