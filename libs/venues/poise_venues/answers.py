"""Reading the venue's own words strictly: what is missing or of another kind is an error, never an empty result."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def rows(answer: Any) -> list[Any]:
    """Return a list that the venue answered with; TypeError for anything else, which says nothing."""
    if not isinstance(answer, list):
        raise TypeError(f"the answer is no list: {answer!r:.100}")
    return answer


def text(raw: Mapping[str, Any], field: str) -> str:
    """Return a text or whole number as text; TypeError, KeyError or ValueError where it is missing or empty."""
    value = raw[field]
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError(f"{field} is {value!r:.100}")
    if value == "":
        raise ValueError(f"{field} is empty")
    return str(value)


def decimal(raw: Mapping[str, Any], field: str) -> Decimal:
    """Return a finite number, exact; TypeError, KeyError or ArithmeticError where it is missing or none."""
    value = Decimal(text(raw, field))
    if not value.is_finite():
        raise ValueError(f"{field} is {value}")
    return value
