"""Figures that many decisions share, reckoned once for as long as what they follow from stays the same."""

from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The last value, with the objects that it follows from: those are replaced when they change, never altered."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], Value] | None = None

    def of(self, sources: tuple[object, ...], reckon: Callable[[], Value]) -> Value:
        """Return the value that follows from these sources."""
        if self._known is not None:
            known_sources, value = self._known
            if all(one is other for one, other in zip(known_sources, sources, strict=True)):
                return value
        value = reckon()
        self._known = (sources, value)
        return value
