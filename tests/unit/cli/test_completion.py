"""Completion as shells ask for it: bash's own, and what each value offers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.commands import ROOT, poise

from poise import completing

BASH = shutil.which("bash")
ASK = """
. ./completion.bash
COMP_WORDS=({words}) COMP_CWORD={place}
_poise_completion poise
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(folder: Path, *words: str) -> list[str]:
    """Have bash complete the last word of a command line, with its own words for it."""
    program = folder / "bin/poise"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m poise.main "$@"\n')
    program.chmod(0o755)
    (folder / "completion.bash").write_text(poise("completion", "bash").stdout)
    quoted = " ".join(f"'{word}'" for word in words)
    assert BASH is not None
    ran = subprocess.run(  # noqa: S603 - bash, and a program of ours
        [BASH, "--norc", "-c", ASK.format(words=quoted, place=len(words) - 1)],
        cwd=folder,
        env={"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.skipif(BASH is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("poise", "op"), ["opportunities", "operator-key"]),
        (("poise", "limits", "re"), ["reload"]),
        (("poise", "packages", "--asset", "B"), ["BNB", "BTC"]),
        (("poise", "ack", "--rea"), ["--reason"]),
    ],
)
def test_bash_completes(tmp_path: Path, words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(tmp_path, *words) == offered


@pytest.mark.parametrize(
    ("shell", "said"), [("bash", "complete -o default -F"), ("zsh", "compdef"), ("fish", "complete --command poise")]
)
def test_each_shell_gets_its_own_program(shell: str, said: str) -> None:
    printed = poise("completion", shell)
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert said in printed.stdout
    assert "_POISE_COMPLETE" in printed.stdout


def test_a_shell_that_nobody_knows_is_refused() -> None:
    refused = poise("completion", "tcsh")
    assert refused.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in refused.stderr


def test_values_are_those_of_the_configuration_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"BTC", "ETH", "SOL"} <= set(completing.assets(""))
    assert "funding_carry" in completing.strategies("f")
    monkeypatch.setenv("POISE_CONFIG__DIR", str(tmp_path))
    assert completing.assets("") == completing.strategies("") == completing.venues("") == []
    shutil.copy(ROOT / "config/venues.yaml", tmp_path)
    assert completing.venues("p") == ["paper", "paper_okx"]
