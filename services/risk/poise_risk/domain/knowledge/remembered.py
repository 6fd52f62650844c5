"""Figures that many decisions share, reckoned once for as long as what they follow from stays the same."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from operator import is_
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The last value, with the objects that it follows from: those are replaced when they change, never altered."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], Value] | None = None

    def of(self, sources: tuple[object, ...], reckon: Callable[[], Value]) -> Value:
        """Return the value that follows from these sources."""
        if self._known is not None:
            known_sources, value = self._known
            if len(known_sources) == len(sources) and all(map(is_, known_sources, sources)):
                return value
        value = reckon()
        self._known = (sources, value)
        return value


class RememberedEach(Generic[Value]):
    """The last value of each key; keys that are asked for no more are forgotten."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Remembered[Value]] = {}

    def of(self, sources: Mapping[Any, tuple[Any, ...]], reckon: Callable[..., Value]) -> list[Value]:
        """Return the value that follows from each key's sources."""
        self._known = {key: self._known.get(key) or Remembered() for key in sources}
        return [self._known[key].of(each, partial(reckon, *each)) for key, each in sources.items()]
