"""What the commands that prepare a desk came to, as a program reads it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import computed_field

from poise_common.domain.value import Value
from poise_common.platform.refusals import ConfigRefused


class Problem(Value):
    """One value that does not pass."""

    key: str
    value: str
    reason: str
    would_pass: str


class Refusal(Value):
    """A file, with the environment over it, that does not pass."""

    file: str
    problems: tuple[Problem, ...]


class ConfigurationChecked(Value):
    """Which sections pass, with what is to be known of them, and which do not."""

    lines: tuple[str, ...]
    refused: tuple[Refusal, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def passes(self) -> bool:
        return not self.refused

    @classmethod
    def of(cls, verdicts: Iterable[str | ConfigRefused]) -> Self:
        """Sort what a check said of each section."""
        found = tuple(verdicts)
        return cls(
            lines=tuple(each.strip() for each in found if isinstance(each, str)),
            refused=tuple(_refusal(each) for each in found if isinstance(each, ConfigRefused)),
        )


class Migrated(Value):
    """A database that is at the newest schema."""

    revision: str


class KeyPair(Value):
    """The operator's keys, and whether they were made just now."""

    private_file: Path
    public_file: Path
    made: bool


def _refusal(refused: ConfigRefused) -> Refusal:
    problems = (
        Problem(key=each.key, value=repr(each.value), reason=each.reason, would_pass=each.would_pass)
        for each in refused.problems
    )
    return Refusal(file=str(refused.file), problems=tuple(problems))
