"""One stack for all of these tests: each leaves it as it found it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compose.stack import Stack, missing


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start the compose file with every service that can be had here, healthy; take it down at the end.

    With POISE_COMPOSE_TEST_KEEP=FOLDER it is left as it is, its secrets there, and the next run goes on with it.
    """
    if (lack := missing()) is not None:
        refuse = pytest.fail if os.environ.get("POISE_COMPOSE_TEST") == "required" else pytest.skip
        refuse(f"cannot run the compose file: {lack}")
    kept = os.environ.get("POISE_COMPOSE_TEST_KEEP")
    started = Stack("poise-test", Path(kept) if kept else tmp_path_factory.mktemp("compose"))
    try:
        if kept is None or not started.containers():
            started.start()
        started.wait_until_healthy()
        yield started
    finally:
        if kept is None:
            started.destroy()
