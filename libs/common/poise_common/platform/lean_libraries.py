"""Libraries without what no service uses of them: left out while they are imported, whoever imports them first."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from poise_common.platform.deferred_modules import deferred

# `bus/homes` finds the one master of a cluster by itself.
_CLUSTER_CLIENTS = ("redis.cluster", "redis.asyncio.cluster")
# Running an application of FastStream's own, documenting and testing it.
_APPLICATIONS = (
    "faststream.app",
    "faststream.annotations",
    "faststream._internal.testing.app",
    "http.server",
    "unittest",
    "unittest.mock",
)
LEFT_OUT = {
    # Serving metrics over HTTP and pushing them: a service's health port answers by itself.
    "prometheus_client.exposition": ("http.server", "urllib.request", "wsgiref.simple_server"),
    "redis": _CLUSTER_CLIENTS,
    "structlog": ("greenlet",),
    "faststream": _APPLICATIONS,
    "faststream.redis": (*_APPLICATIONS, *_CLUSTER_CLIENTS),
    # The object-relational mapper, reflection, and other drivers than asyncpg.
    "sqlalchemy.ext.asyncio": ("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session"),
    "sqlalchemy.dialects.postgresql": (
        "sqlalchemy.dialects.postgresql.pg_catalog",
        "sqlalchemy.dialects.postgresql.pg8000",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.postgresql.psycopg2",
        "sqlalchemy.dialects.postgresql.psycopg2cffi",
    ),
}


class _LeanFinder(MetaPathFinder):
    """Finds what `LEFT_OUT` names as it is found anyway, and has it loaded lean."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in LEFT_OUT:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LeanLoader(spec.loader)
        return spec


class _LeanLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        with deferred(LEFT_OUT[module.__name__]):
            self._loader.exec_module(module)


def install() -> None:
    """Have libraries that are imported from now on loaded lean; once is enough."""
    if not any(isinstance(finder, _LeanFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LeanFinder())
