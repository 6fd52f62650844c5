"""Importing one venue of ccxt without the other hundred."""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any

from poise_common.platform.deferred_modules import deferred

_PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")
_BASE = "ccxt.base.exchange"
_STATIC = "ccxt.static_dependencies"
_OF_FEW_VENUES = (
    # what signs for venues that are chains
    f"{_STATIC}.ethereum",
    f"{_STATIC}.msgpack",
    f"{_STATIC}.starknet.ccxt_utils",
    f"{_STATIC}.starknet.hash.address",
    f"{_STATIC}.starknet.hash.poseidon",
    f"{_STATIC}.starknet.hash.selector",
    f"{_STATIC}.starknet.hash.utils",
    f"{_STATIC}.starknet.utils.typed_data",
    f"{_STATIC}.lighter_client.signer",
    "coincurve",
    # what signs with RSA and Ed25519 keys
    "cryptography.hazmat",
    "cryptography.hazmat.primitives",
    "cryptography.hazmat.primitives.asymmetric",
    "cryptography.hazmat.primitives.serialization",
    # what asks over HTTP without asyncio, which nobody here does
    "requests",
    "requests.utils",
    "requests.exceptions",
)
_USER_AGENT = f"python-requests/{version('requests')}"
"""What ccxt says it is, and venues know: by the library that it would load for this alone."""
_REGISTERING = Lock()


class _LeanPackage(ModuleType):
    """Stand for a ccxt package without running its `__init__`, which imports every exchange.

    Submodules are imported when first asked for. Like the real package, `ccxt.pro.binance` as an attribute is the
    class of that name, not the module.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self.__name__ == "ccxt":
            source = _base_exchange() if name == "Exchange" else import_module("ccxt.base.errors")
            if hasattr(source, name):
                return getattr(source, name)
        try:
            import_module(f"{self.__name__}.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(name) from error
        return self.__dict__[name]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)


def _register_lean_packages() -> None:
    with _REGISTERING:
        if "ccxt" in sys.modules:
            return
        found = find_spec("ccxt")
        if found is None or not found.submodule_search_locations:
            raise ModuleNotFoundError("ccxt is not installed")
        root = found.submodule_search_locations[0]
        for name in _PACKAGES:
            package = _LeanPackage(name)
            path = [root + name.removeprefix("ccxt").replace(".", "/")]
            package.__spec__ = ModuleSpec(name, None, is_package=True)
            package.__spec__.submodule_search_locations = path
            package.__path__ = path
            sys.modules[name] = package
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, package)


def _base_exchange() -> ModuleType:
    """Import what all exchanges derive from, and leave to its first use what few of them need."""
    if _BASE in sys.modules:
        return sys.modules[_BASE]
    with deferred(_OF_FEW_VENUES):
        base = import_module(_BASE)
    base.default_user_agent = lambda: _USER_AGENT  # type: ignore[attr-defined]  # the one name that each exchange asks for
    return base


def exchange_class(ccxt_id: str) -> type[Any]:
    """Return ccxt.pro's class of one venue, importing that venue alone; ModuleNotFoundError names an unknown id."""
    _register_lean_packages()
    _base_exchange()
    module = import_module(f"ccxt.pro.{ccxt_id}")
    exchange: type[Any] = getattr(module, ccxt_id)
    return exchange


def errors() -> ModuleType:
    """Return ccxt's module of exceptions."""
    _register_lean_packages()
    return import_module("ccxt.base.errors")
