from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.ingestion.desk import CONFIG, ingestion_config, universe_values

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig
from poise_ingestion.settings import IngestionSection


def test_the_shipped_configuration_loads() -> None:
    assert load_section(CONFIG, "universe", UniverseConfig, {}).profile == "policy"
    assert load_section(CONFIG, "ingestion", IngestionConfig, {"POISE_INGESTION__TIER": "2"}, reserved=("tier",))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"profile": "bold"}, "'bold' is not among policy, scan"),
        ({"tiers": {1: ["BTC"], 2: ["BTC"]}}, "BTC stands in more than one tier"),
        ({"profiles": {"policy": {}}}, "no thresholds for tier 1"),
    ],
)
def test_a_universe_that_does_not_hold_together_is_refused_with_what_would_pass(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        UniverseConfig.model_validate(universe_values() | changes)


@pytest.mark.parametrize(
    ("section", "changes", "said"),
    [
        ("sharing", {"beat_ms": 1_500}, "beat_ms 1500 is over half of lease_ms; 1000 would pass"),
        ("sharing", {"lease_ms": 4_000}, "missed after 4250 ms.*lease_ms 2750 would pass"),
        ("sharing", {"overlap_ms": 4_900}, "twice for over 5000 ms; overlap_ms 4500 would pass"),
        ("candles", {"said_again_minutes": 20}, "does not reach back an hour.*81 would pass"),
    ],
)
def test_sharing_that_could_not_keep_its_promise_is_refused_with_what_would_pass(
    section: str, changes: dict[str, Any], said: str
) -> None:
    values = ingestion_config().model_dump()
    values[section] |= changes
    with pytest.raises(ValidationError, match=said):
        IngestionConfig.model_validate(values)


def test_a_value_out_of_range_is_refused_by_file_and_key() -> None:
    with pytest.raises(ConfigRefused, match=r"universe\.yaml") as refused:
        load_section(CONFIG, "universe", UniverseConfig, {"POISE_UNIVERSE__SCAN__INTERVAL_S": "-1"})
    assert "interval_s" in str(refused.value).lower()


def test_a_process_follows_one_tier_or_all() -> None:
    assert IngestionSection(tier=2).tiers == frozenset({2})
    assert IngestionSection().tiers == frozenset({1, 2, 3})
    with pytest.raises(ValidationError):
        IngestionSection.model_validate({"tier": 4})


def test_the_section_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused):
        load_section(tmp_path, "ingestion", IngestionConfig, {})
