"""The limits in force as one flat list of figures: what is kept of a set, told apart by, and compared."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from poise_common.domain.value import Value
from poise_risk.domain.rules.parameters import LimitsConfig

Figure = str | bool | int | list[str]
"""A number with a fraction is its shortest text, so that 2 and 2.0 are the same limit."""
Changes = dict[str, tuple[Figure | None, Figure | None]]
"""By key: what it was and what it is; None where there was, or is, no such figure."""


class LimitSet(Value):
    """Everything that the desk goes by: the profile it runs as `limits.…`, not the profiles that lie in the drawer."""

    figures: dict[str, Figure]

    @classmethod
    def of(cls, config: LimitsConfig) -> "LimitSet":
        """Return the set that a configuration puts in force."""
        in_force = {**config.model_dump(exclude={"profiles"}), "limits": config.limits.model_dump()}
        return cls(figures=dict(sorted(_flat(in_force))))

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal; the same for the same figures, however the file spells and orders them."""
        return sha256(json.dumps(self.figures, sort_keys=True).encode()).hexdigest()

    def changes_from(self, before: "LimitSet") -> Changes:
        """Return what differs, in the order of the keys."""
        old, new = before.figures, self.figures
        return {key: (old.get(key), new.get(key)) for key in sorted(old | new) if old.get(key) != new.get(key)}


def _flat(place: Mapping[Any, Any], path: str = "") -> Iterator[tuple[str, Figure]]:
    for key, value in place.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{key}.")
        elif value is not None:
            yield f"{path}{key}", _figure(value)


def _figure(value: object) -> Figure:
    match value:
        case Decimal():
            return format(value.normalize(), "f")
        case float():
            return repr(value)
        case str() | int():
            return value
        case tuple() | list() | frozenset():
            return sorted(str(each) for each in value)
    raise TypeError(f"no figure of a limit: {value!r}")
