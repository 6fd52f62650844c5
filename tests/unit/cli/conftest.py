from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def no_desk_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give no test the desk, bus or database that this machine happens to run."""
    monkeypatch.chdir(tmp_path)
    for name in ("POISE_REDIS__URL", "POISE_DATABASE__URL", "POISE_DATABASE__URL_FILE"):
        monkeypatch.delenv(name, raising=False)
