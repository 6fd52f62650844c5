"""What a library leaves out is not loaded with it, and is there when it is asked for."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from poise_common.platform.deferred_modules import deferred
from poise_common.platform.lean_libraries import LEFT_OUT


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that is left out of others."""
    (tmp_path / "heavy_part.py").write_text(
        "LOADED = True\ndef double(number):\n    return 2 * number\nclass Base: ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "heavy_part", raising=False)
    return tmp_path


def imported(package: Path, monkeypatch: pytest.MonkeyPatch, source: str, name: str) -> object:
    (package / f"{name}.py").write_text(source)
    monkeypatch.delitem(sys.modules, name, raising=False)
    with deferred(["heavy_part"]):
        return import_module(name)


def test_a_function_is_imported_when_it_is_called(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = imported(package, monkeypatch, "from heavy_part import double\n", "calls_later")
    assert "heavy_part" not in sys.modules
    assert user.double(21) == 42  # type: ignore[attr-defined]
    assert "heavy_part" in sys.modules


def test_what_is_called_while_it_is_left_out_is_imported_all_the_same(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = imported(package, monkeypatch, "from heavy_part import double\nresult = double(21)\n", "calls_at_once")
    assert user.result == 42  # type: ignore[attr-defined]


def test_a_module_that_was_kept_is_the_real_one_afterwards(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = imported(package, monkeypatch, "import heavy_part as kept\n", "keeps_the_module")
    assert user.kept.LOADED is True  # type: ignore[attr-defined]


def test_what_derives_from_something_left_out_says_so_when_it_is_made(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from heavy_part import Base\nclass Derived(Base): ...\n"
    user = imported(package, monkeypatch, source, "derives")
    with pytest.raises(TypeError, match="Derived was imported without its base"):
        user.Derived()  # type: ignore[attr-defined]


@pytest.mark.parametrize("library", LEFT_OUT)
def test_a_library_is_loaded_without_what_is_left_out_of_it(library: str) -> None:
    """In a process of its own: here most of it was imported long ago."""
    start = f"import sys, poise_common.platform, {library}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True)  # noqa: S603
    without = set(LEFT_OUT[library]) - {"http.server"}  # which `rich` needs, where a developer's tools are installed
    assert not without & set(loaded.stdout.split())
