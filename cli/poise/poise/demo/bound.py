"""A figure that a scenario must keep within a bound, and whether it did."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, computed_field

Figure = Annotated[Decimal, PlainSerializer(float, when_used="json")]
"""An exact one; a number in the JSON, so that a program can compare it."""


class Bound(BaseModel):
    """What was measured against what is allowed; a value of None was not seen, and does not hold."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: Figure | None
    allowed: Figure
    at_least: bool = False
    """The value must not fall below what is allowed, instead of not rise above it."""

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way for a property
    @property
    def held(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.allowed if self.at_least else self.value <= self.allowed

    def told(self) -> str:
        """Return the comparison in words."""
        value = "not seen" if self.value is None else f"{self.value:.4g}"
        return f"{self.name} {value} ({'at least' if self.at_least else 'at most'} {self.allowed:.4g})"
