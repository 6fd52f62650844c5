"""Mappings of which little changes at a time, and what is least in them."""

from collections.abc import Callable, Hashable, Mapping, Set
from typing import Any, Protocol, Self, TypeVar


class _Sorts(Hashable, Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


Key = TypeVar("Key", bound=_Sorts)
Value = TypeVar("Value")
Measure = TypeVar("Measure", bound=_Sorts)


class Grown(dict[Key, Value]):
    """A mapping, never altered, that may go on from an earlier one: what did not change is measured there, once."""

    def __init__(self, changes: Mapping[Key, Value], earlier: Self | None = None) -> None:
        """Hold what the earlier one holds, with these changes."""
        super().__init__(() if earlier is None else earlier)
        self.update(changes)
        self._earlier = earlier
        self._changed = frozenset(changes)
        self._ranked: dict[Hashable, list[tuple[Any, Key]]] = {}

    def least(self, name: Hashable, measure: Callable[[Value], Measure], but: Set[Key]) -> tuple[Measure, Key] | None:
        """Return the least that any value measures, with its key, these keys apart; None where there is no other.

        A measure always has the same name; of values that measure the same the first key's counts.
        """
        ranked = self._ranked.get(name)
        if ranked is None:
            ranked = self._ranked[name] = sorted((measure(self[key]), key) for key in self._changed)
        changed = next((each for each in ranked if each[1] not in but), None)
        unchanged = None if self._earlier is None else self._earlier.least(name, measure, self._changed.union(but))
        if changed is None or unchanged is None:
            return changed or unchanged
        return min(changed, unchanged)
