"""What was found of one thing that the desk stands on, and of all of them."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, computed_field

from poise_common.domain.value import Value


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    """The desk runs with it, and a person should know."""
    FAIL = "fail"
    """The desk should not trade like that."""
    UNKNOWN = "unknown"
    """It could not be looked at from here; the text says why."""


class Finding(Value):
    """One thing that was looked at: how it is, and what to do where it is not as it should be."""

    area: str
    about: str
    verdict: Verdict
    found: str
    to_do: str = ""


class Diagnosis(Value):
    """All that was found, area by area."""

    checked_at: AwareDatetime
    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def worst(self) -> Verdict:
        """What it comes to; what could not be looked at counts as nothing."""
        verdicts = {each.verdict for each in self.findings}
        return next((each for each in (Verdict.FAIL, Verdict.WARN) if each in verdicts), Verdict.OK)

    def count(self, verdict: Verdict) -> int:
        return sum(each.verdict is verdict for each in self.findings)


class Findings:
    """Collects what is found in one area."""

    def __init__(self, area: str) -> None:
        self._area = area
        self._found: list[Finding] = []

    def ok(self, about: str, found: str) -> Self:
        return self._add(about, Verdict.OK, found)

    def warn(self, about: str, found: str, to_do: str) -> Self:
        return self._add(about, Verdict.WARN, found, to_do)

    def fail(self, about: str, found: str, to_do: str) -> Self:
        return self._add(about, Verdict.FAIL, found, to_do)

    def unknown(self, about: str, why: str, to_do: str = "") -> Self:
        return self._add(about, Verdict.UNKNOWN, why, to_do)

    def add(self, others: "Findings") -> None:
        """Take over what others have found."""
        self._found += others.all

    @property
    def all(self) -> Iterable[Finding]:
        return tuple(self._found)

    def _add(self, about: str, verdict: Verdict, found: str, to_do: str = "") -> Self:
        line = " ".join(found.split())
        self._found.append(Finding(area=self._area, about=about, verdict=verdict, found=line, to_do=to_do))
        return self
