"""Import what a service imports at its start and later, so that an image has the bytecode of just that."""

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

import yaml

_OF_ALL = ("poise_common.platform.main", "poise_common.platform.bus.work", "poise_common.platform.migrate")
_WHEN_ASKED_FOR = {"portfolio": ("scipy.optimize",)}
"""What a service imports only once somebody wants it."""


def main(service: str) -> None:
    for module in (*_OF_ALL, *_WHEN_ASKED_FOR.get(service, ()), *_modules_of(f"poise_{service}")):
        import_module(module)
    if find_spec("ccxt") is not None:
        exchange_class = import_module("poise_venues.ccxt_modules").exchange_class
        venues = yaml.safe_load(Path("config/venues.yaml").read_text())
        for ccxt_id in {venue["ccxt_id"] for venue in venues.values()}:
            exchange_class(ccxt_id)


def _modules_of(package: str) -> Iterator[str]:
    path = import_module(package).__path__
    yield from (each.name for each in walk_packages(path, f"{package}.") if not each.name.endswith("__main__"))


if __name__ == "__main__":
    main(sys.argv[1])
