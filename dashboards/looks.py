"""Units, colours and thresholds, the same on every dashboard."""

from collections.abc import Mapping
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import (
    DashboardSpecialValueMapOptions,
    DynamicConfigValue,
    FieldColorModeId,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

USD = "currencyUSD"
RATIO = "percentunit"
PERCENT = "percent"
SECONDS = "s"
COUNT = "short"
BPS = "suffix: bps"
BYTES = "bytes"
A_SECOND = "cps"
TIME = "dateTimeAsIso"
PLAIN = "none"

GOOD = "green"
WARNING = "orange"
BAD = "red"
CALM = "blue"
QUIET = "#8e8e8e"


class Step(NamedTuple):
    """From this value on, this colour."""

    at: float
    colour: str


def steps(first: str, *later: Step) -> build.ThresholdsConfig:
    """Return thresholds: the first colour, and what it changes to."""
    levels = [Threshold(value=None, color=first), *(Threshold(value=step.at, color=step.colour) for step in later)]
    return build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(levels)


PLAINLY = steps(CALM)
NONE_IS_GOOD = steps(GOOD, Step(1e-9, BAD))
GAIN_OR_LOSS = steps(BAD, Step(0, GOOD))
ONE_IS_GOOD = steps(BAD, Step(1, GOOD))


def colour(mode: FieldColorModeId) -> build.FieldColor:
    """Return a colour mode."""
    return build.FieldColor().mode(mode)


BY_THRESHOLDS = colour(FieldColorModeId.THRESHOLDS)
BY_NAME = colour(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)
"""The same name has the same colour in every panel."""


def words(meanings: Mapping[str, tuple[str, str]]) -> list[ValueMapping]:
    """Map values to a word and a colour each."""
    results = {
        value: ValueMappingResult(text=word, color=colour_of, index=place)
        for place, (value, (word, colour_of)) in enumerate(meanings.items())
    }
    return [ValueMap(options=results)]


def not_a_number(word: str) -> ValueMapping:
    """Map what is no number to a word."""
    result = ValueMappingResult(text=word, color=QUIET)
    return SpecialValueMap(options=DashboardSpecialValueMapOptions(match=SpecialValueMatch.NA_N, result=result))


YES_OR_NO = words({"1": ("yes", GOOD), "0": ("no", BAD)})
REGIMES = words(
    {
        "0": ("calm", GOOD),
        "1": ("trending", CALM),
        "2": ("volatile", WARNING),
        "3": ("stressed", BAD),
        "-1": ("unknown", QUIET),
    }
)


LEFT_OF_LIMIT = steps(BAD, Step(0.1, WARNING), Step(0.25, GOOD))
STATES = words(
    {
        "opening": ("opening", CALM),
        "open": ("open", GOOD),
        "closing": ("closing", CALM),
        "rolling": ("rolling", CALM),
        "closed": ("closed", QUIET),
        "aborted": ("aborted", QUIET),
        "halted": ("halted", BAD),
    }
)
SEVERITIES = words({"critical": ("critical", BAD), "warning": ("warning", WARNING), "info": ("info", CALM)})
VERDICTS = words(
    {"approved": ("approved", GOOD), "approved_smaller": ("smaller", WARNING), "rejected": ("rejected", BAD)}
)


def fixed(colour_of: str) -> DynamicConfigValue:
    """Return an override to one colour."""
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour_of})
