"""The strategies there are: every module of `poise_signals.domain.strategies` that has a `KIND`."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from poise_signals.domain import strategies
from poise_signals.domain.strategy.protocol import AnyKind, StrategyKind


def strategy_kinds() -> tuple[AnyKind, ...]:
    """Return every kind of strategy, by name; a module that has none, or none of its own name, is a defect."""
    return tuple(_kinds(strategies.__path__))


def _kinds(path: Iterable[str]) -> Iterable[AnyKind]:
    for found in sorted(iter_modules(path), key=lambda each: each.name):
        kind = import_module(f"{strategies.__name__}.{found.name}").KIND
        if not isinstance(kind, StrategyKind) or kind.name != found.name:
            raise TypeError(f"{found.name}: KIND must be a StrategyKind of that name, not {kind!r}")
        yield kind
