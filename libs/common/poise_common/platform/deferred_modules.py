"""Importing a module while what it hardly ever uses stays unimported until then."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _LeftOut:
    """Stand for a base class that was not imported: what derives from it is there to be named, not to be made."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        del arguments, options
        raise TypeError(f"{type(self).__name__} was imported without its base: it is not to be used here")


class Deferred:
    """Stand for a name of a module that is imported when it is called, or asked for something."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._real()(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what typing asks everything for
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        del bases
        return (type(self._name, (_LeftOut,), {}),)

    def _real(self) -> Any:
        if isinstance(sys.modules.get(self._module), _DeferredModule):
            del sys.modules[self._module]
        module = import_module(self._module)
        if not hasattr(module, self._name):
            return import_module(f"{self._module}.{self._name}")
        return getattr(module, self._name)


class _DeferredModule(ModuleType):
    """Stand for a module in `from … import …`; whoever kept it is answered by the module once that is over."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return Deferred(self.__name__, name)
        return getattr(import_module(self.__name__), name)


@contextmanager
def deferred(names: Collection[str]) -> Iterator[None]:
    """Have what is imported within take deferred names from these modules; one imported before is taken as it is."""
    stood_for = {name: _DeferredModule(name) for name in names if name not in sys.modules}
    sys.modules.update(stood_for)
    try:
        yield
    finally:
        for name, module in stood_for.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
