from pathlib import Path
from typing import Any

import pytest

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_venues.parameters import VenueConfig, VenuesConfig

CONFIG = Path(__file__).parents[3] / "config"


def load(environment: dict[str, str]) -> VenuesConfig:
    return load_section(CONFIG, "venues", VenuesConfig, environment)


def test_the_shipped_configuration_is_the_simulator_with_its_own_key() -> None:
    venues = load({})
    assert venues.names == ("paper",)
    assert venues["paper"].credentials() == ("paper", "paper")


def test_the_address_comes_from_the_environment() -> None:
    url = load({"POISE_VENUES__PAPER__BASE_URL": "http://simulator:9000"})["paper"].base_url
    assert str(url).rstrip("/") == "http://simulator:9000"


def test_secret_files_win_over_keys_in_the_clear(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k\n")
    (tmp_path / "secret").write_text("s\n")
    venues = load(
        {
            "POISE_VENUES__PAPER__API_KEY_FILE": str(tmp_path / "key"),
            "POISE_VENUES__PAPER__SECRET_FILE": str(tmp_path / "secret"),
        }
    )
    assert venues["paper"].credentials() == ("k", "s")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"POISE_VENUES__PAPER__BASE_URL": "null"}, "api_key_file"),
        ({"POISE_VENUES__PAPER__SECRET": "null"}, "give both or none"),
        ({"POISE_VENUES__PAPER__API_KEY_FILE": "/run/key"}, "give both or none"),
        ({"POISE_VENUES__PAPER__RATE_LIMITS__SAFETY_MARGIN": "1.5"}, "safety_margin"),
        ({"POISE_VENUES__PAPER__LEVERAGE": "5"}, "leverage"),
        ({"POISE_VENUES__PAPER__FEES__TAKER": "0.5"}, "taker"),
    ],
)
def test_what_cannot_work_is_refused_by_key(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigRefused, match=r"venues\.yaml") as refused:
        load(environment)
    assert said in str(refused.value)


def test_no_key_is_fine_for_reading_markets() -> None:
    values: dict[str, Any] = load({})["paper"].model_dump()
    config = VenueConfig.model_validate(values | {"api_key": None, "secret": None, "base_url": None})
    assert config.credentials() is None


def test_a_secret_is_never_shown() -> None:
    assert "secret=SecretStr('**********')" in repr(load({})["paper"])
