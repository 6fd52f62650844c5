import re
from pathlib import Path
from typing import Any

import pytest

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_venues.parameters import VenueConfig, VenuesConfig
from poise_venues.supported_venues import check_venue

CONFIG = Path(__file__).parents[3] / "config"


def load(environment: dict[str, str]) -> VenuesConfig:
    return load_section(CONFIG, "venues", VenuesConfig, environment)


def test_the_shipped_configuration_is_the_simulator_with_its_own_key() -> None:
    venues = load({})
    assert venues.names == ("paper",)
    assert venues["paper"].credentials() == ("paper", "paper", None)


def test_a_venue_that_is_not_enabled_is_none_of_the_desks() -> None:
    assert "paper_okx" not in load({}).names
    assert load({"POISE_VENUES__PAPER_OKX__ENABLED": "true"}).names == ("paper", "paper_okx")
    with pytest.raises(ConfigRefused, match="enabled"):
        load({"POISE_VENUES__PAPER__ENABLED": "false"})


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
    assert venues["paper"].credentials() == ("k", "s", None)


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


def test_the_examples_of_real_venues_pass_without_their_marks(tmp_path: Path) -> None:
    shipped = (CONFIG / "venues.yaml").read_text()
    lines = [line for line in shipped[shipped.index("# Examples") :].splitlines() if not re.match("# [^ ]", line)]
    (tmp_path / "venues.yaml").write_text("\n".join(line.removeprefix("#") for line in lines))
    venues = load_section(tmp_path, "venues", VenuesConfig, {})
    assert venues.names == ("binance", "okx", "bybit")
    assert venues.traded == ("binance", "okx"), "without a key a venue's markets are read"
    for name in venues.names:
        check_venue(name, venues[name])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"POISE_VENUES__PAPER__MARKETS": "{BTC/USDT: {}}"}, "says nothing"),
        ({"POISE_VENUES__PAPER__MARKETS": "{BTC/USDT: {lot: 1}}"}, "lot"),
        ({"POISE_VENUES__PAPER__MARKETS": "{BTC/USDT: {contract_size: 0}}"}, "contract_size"),
        ({"POISE_VENUES__PAPER__OPTIONS": "{maxRetriesOnFailure: 3}"}, "send orders twice"),
        ({"POISE_VENUES__PAPER__PASSWORD_FILE": "/run/p"}, "password_file is of a key"),
        ({"POISE_VENUES__PAPER__FUNDING_INTERVAL_S": "0"}, "funding_interval_s"),
    ],
)
def test_an_override_that_cannot_work_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        load(environment)
    assert said in str(refused.value)


def test_a_passphrase_goes_with_its_key() -> None:
    credentials = load({"POISE_VENUES__PAPER_OKX__ENABLED": "true"})["paper_okx"].credentials()
    assert credentials is not None
    assert credentials.for_ccxt() == {"apiKey": "paper", "secret": "paper", "password": "paper"}
