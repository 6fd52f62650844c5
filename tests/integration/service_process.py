"""A service as it runs in production: its own process, ended by a signal."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """`python -m poise_<service>` on the tests' servers, with the shipped configuration."""

    def __init__(self, service: str, redis_url: str, database_url: str, **environment: str) -> None:
        self._service = service
        self._environment = {
            **os.environ,
            "POISE_REDIS__URL": redis_url,
            "POISE_DATABASE__URL": database_url,
            "POISE_CONFIG__DIR": str(ROOT / "config"),
            **environment,
        }

    async def start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"poise_{self._service}", env=self._environment, stdout=pipe, stderr=pipe
        )

    @asynccontextmanager
    async def running(self, stop_signal: signal.Signals = signal.SIGTERM) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run it while inside, then end it by a signal; fails with what it said if it did not end so."""
        process = await self.start()
        try:
            yield process
        finally:
            ended_by_itself = process.returncode is not None
            if not ended_by_itself:
                process.send_signal(stop_signal)
            output, errors = await process.communicate()
            said = (output + errors).decode()
            sys.stderr.write(said)  # shown by pytest where the test fails
            if ended_by_itself:
                pytest.fail(f"{self._service} ended by itself with {process.returncode}:\n{said}")
            if stop_signal is signal.SIGTERM and process.returncode != 0:
                pytest.fail(f"{self._service} did not stop cleanly ({process.returncode}):\n{said}")
