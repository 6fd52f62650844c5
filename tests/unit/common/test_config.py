"""Configuration: typed on load, overridden by the environment, refused with what would pass."""

from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused, StartRefused


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Venue(Strict):
    base_url: str
    kind: Literal["spot", "futures"] = "spot"
    taker_fee: Decimal = Field(default=Decimal("0.0005"), ge=0, lt=1)
    retries: int = Field(default=0, ge=0, le=0)


class Venues(Strict):
    paper: Venue
    others: dict[str, Venue] = Field(default_factory=dict)
    enter: Decimal = Decimal("0.001")
    exit: Decimal = Decimal("0.0001")

    @model_validator(mode="after")
    def _pays(self) -> Self:
        if self.exit >= self.enter:
            message = f"exit {self.exit} is not below enter {self.enter}: an exit below {self.enter} would pass"
            raise ValueError(message)
        return self


GOOD = "paper: {base_url: http://x, taker_fee: 0.0005}\nothers: {OKX: {base_url: http://okx}}\n"


def load(directory: Path, text: str, environment: dict[str, str] | None = None, **more: list[str]) -> Venues:
    (directory / "venues.yaml").write_text(text)
    return load_section(directory, "venues", Venues, environment or {}, **more)


def refusal(directory: Path, text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigRefused) as caught:
        load(directory, text, environment)
    assert isinstance(caught.value, StartRefused)
    return str(caught.value)


def test_a_section_is_typed_and_money_is_exact(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).paper == Venue(base_url="http://x", taker_fee=Decimal("0.0005"))


def test_the_environment_lies_over_the_file_at_any_depth(tmp_path: Path) -> None:
    environment = {
        "POISE_VENUES__PAPER__BASE_URL": "http://127.0.0.1:9",
        "POISE_VENUES__OTHERS__OKX__TAKER_FEE": "0.001",
        "POISE_VENUES__OTHERS__BYBIT": "{base_url: http://bybit}",
        "POISE_LIMITS__PAPER": "another section's",
        "PATH": "/bin",
    }
    venues = load(tmp_path, GOOD, environment)
    assert venues.paper.base_url == "http://127.0.0.1:9"
    assert venues.paper.taker_fee == Decimal("0.0005")
    assert venues.others["OKX"].taker_fee == Decimal("0.001")
    assert venues.others["bybit"].base_url == "http://bybit"


def test_settings_that_share_a_sections_name_are_left_alone(tmp_path: Path) -> None:
    environment = {"POISE_VENUES__KEY_FILE": "/secret"}
    assert load(tmp_path, GOOD, environment, reserved=["key_file"]) == load(tmp_path, GOOD)
    assert "no such key" in refusal(tmp_path, GOOD, environment)


def test_a_value_out_of_range_is_refused_with_file_key_value_reason_and_what_would_pass(tmp_path: Path) -> None:
    text = refusal(tmp_path, GOOD.replace("taker_fee: 0.0005", "taker_fee: 1.5"))
    assert str(tmp_path / "venues.yaml") in text
    assert "paper.taker_fee = 1.5" in text
    assert "less than 1" in text
    assert "a value < 1 would pass" in text


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    assert "paper.tacker_fee = 0.0005: no such key; did you mean 'taker_fee'?" in refusal(
        tmp_path, GOOD.replace("taker_fee", "tacker_fee")
    )
    assert "others.OKX.bas_url" in refusal(tmp_path, GOOD.replace("{base_url: http://okx}", "{bas_url: http://okx}"))
    assert "did you mean 'base_url'?" in refusal(tmp_path, GOOD.replace("{base_url: http://okx}", "{bas_url: x}"))


def test_a_key_like_no_other_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    assert "known keys: enter, exit, others, paper" in refusal(tmp_path, GOOD + "zzzzzz: 1\n")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert "paper.base_url = None: it is missing; setting it would pass" in refusal(tmp_path, "paper: {}\n")


def test_a_choice_is_refused_with_the_choices(tmp_path: Path) -> None:
    text = refusal(tmp_path, GOOD.replace("taker_fee: 0.0005", "kind: margin"))
    assert "paper.kind = 'margin'" in text
    assert "one of 'spot' or 'futures' would pass" in text


def test_economics_that_contradict_each_other_are_refused_with_the_sum(tmp_path: Path) -> None:
    text = refusal(tmp_path, GOOD + "exit: 0.01\n")
    assert "exit 0.01 is not below enter 0.001: an exit below 0.001 would pass" in text


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = refusal(tmp_path, "paper: {base_url: 1, taker_fee: -1, retries: 3, oops: 1}\n")
    assert all(key in text for key in ("paper.base_url", "paper.taker_fee", "paper.retries", "paper.oops"))


def test_a_problem_that_comes_from_the_environment_names_the_variable(tmp_path: Path) -> None:
    text = refusal(tmp_path, GOOD, {"POISE_VENUES__PAPER__TAKER_FEE": "7"})
    assert "paper.taker_fee (from POISE_VENUES__PAPER__TAKER_FEE) = 7" in text


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigRefused, match="No such file"):
        load_section(tmp_path, "venues", Venues, {})


@pytest.mark.parametrize("text", ["paper: [", "- a list\n", "\tx: 1"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "would pass" in refusal(tmp_path, text)
