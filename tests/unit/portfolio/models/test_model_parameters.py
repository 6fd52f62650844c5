from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.portfolio.models.histories import shipped

from poise_portfolio.domain.rebalancing.models.parameters import ModelName, ModelParameters


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inverse_volatility": {"weight_min": 0.4}}, "weight_min 0.4 is beyond weight_max; at most 0.3 passes"),
        (
            {"inverse_volatility": {"weight_min": 0.2, "invested_share": 0.1}},
            "weight_min 0.2 is beyond invested_share; at most 0.1 passes",
        ),
        ({"momentum": {"lookback_bars": 61}}, "bars 60 are too few for momentum; at least 61 passes"),
        ({"momentum": {"rsi_bars": 70}}, "bars 60 are too few for momentum; at least 70 passes"),
        ({"sector_rotation": {"lookback_bars": 90}}, "too few for sector_rotation.lookback_bars; at least 90 passes"),
        ({"risk_parity": {"invested_share": 1.1}}, "invested_share"),
        ({"risk_parity": {"correlation_shrinkage": -0.1}}, "correlation_shrinkage"),
        ({"momentum": {"surprise": 1}}, "surprise"),
    ],
)
def test_what_cannot_be_is_refused_with_what_passes(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        shipped(**changes)


def test_more_known_returns_than_there_are_bars_can_not_be_wanted() -> None:
    raw = shipped().model_dump() | {"returns_min": 61}
    with pytest.raises(ValidationError, match="bars 60 are too few for returns_min; at least 61 passes"):
        ModelParameters.model_validate(raw)


@pytest.mark.parametrize(
    ("weight_min", "invested_share", "room"), [(0.05, 0.9, 18), (0.1, 0.3, 3), (0.07, 0.9, 12), (0, 0.9, None)]
)
def test_the_least_weight_has_room_for_so_many_assets(
    weight_min: float, invested_share: float, room: int | None
) -> None:
    changes = {"weight_min": weight_min, "invested_share": invested_share}
    assert shipped(inverse_volatility=changes).inverse_volatility.assets_max == room


def test_another_model_is_chosen_without_changing_the_rest() -> None:
    other = shipped().naming(ModelName.MOMENTUM)
    assert other.model is ModelName.MOMENTUM
    assert other.naming(ModelName.INVERSE_VOLATILITY) == shipped()
