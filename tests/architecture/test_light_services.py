"""What a service does not need is not loaded: each of these libraries takes 5 to 20 MB in every process."""

import subprocess
import sys

import pytest

from poise_common.contracts.streams import Service

MAPPER = {"sqlalchemy.orm", "sqlalchemy.ext.asyncio.session"}
LEFT_OUT = {
    Service.INGESTION: {"sqlalchemy", "asyncpg", "faststream", "pandas", "numpy"},
    Service.SIGNALS: {*MAPPER, "pandas", "scipy", "ccxt", "aiohttp"},
    Service.RISK: {*MAPPER, "numpy", "pandas", "ccxt", "aiohttp"},
    Service.EXECUTION: {*MAPPER, "numpy", "pandas"},
    Service.PORTFOLIO: {*MAPPER, "pandas", "scipy", "ccxt", "aiohttp"},
    Service.NOTIFIER: {*MAPPER, "numpy", "pandas", "ccxt"},
}


@pytest.mark.parametrize("service", LEFT_OUT)
def test_a_service_starts_without_what_it_does_not_need(service: Service) -> None:
    start = f"import sys, poise_{service}.app, poise_common.platform.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)  # noqa: S603
    assert not LEFT_OUT[service] & set(loaded.stdout.split())
