from datetime import timedelta
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from tests.unit.portfolio.desk import CONFIG, shipped_parameters

from poise_portfolio.domain.hindsight.parameters import CalibrationParameters

STRATEGIES = CONFIG.parent / "strategies.yaml"
LIMITS = CONFIG.parent / "limits.yaml"


def test_what_is_shipped_closes_in_hindsight_as_the_desk_itself_would() -> None:
    refused = shipped_parameters().hindsight.refused
    strategies, limits = (yaml.safe_load(path.read_text()) for path in (STRATEGIES, LIMITS))
    assert refused.edge_left_min_pct == strategies["funding_carry"]["exit_edge_left_pct"]
    assert refused.exit_order.value == strategies["costs"]["exit_order"]
    assert refused.age_max == timedelta(days=limits["profiles"]["focused"]["exits"]["age_max_days"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"leads_s": [60, 900, 60]}, "names a lead twice; each may be there once"),
        ({"leads_s": []}, "leads_s"),
        ({"leads_s": [0]}, "leads_s"),
        ({"lead_tolerance_s": 60}, "anything below 60 passes"),
    ],
)
def test_leads_that_cannot_be_are_refused_with_what_passes(changes: dict[str, Any], reason: str) -> None:
    shipped = shipped_parameters().hindsight.calibration.model_dump()
    with pytest.raises(ValidationError, match=reason):
        CalibrationParameters.model_validate(shipped | changes)
