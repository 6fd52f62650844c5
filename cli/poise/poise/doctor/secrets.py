"""The files of secrets that are named here: whether others on this machine could read them."""

import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from poise.doctor.examining import Look
from poise.doctor.findings import Findings

_NAMES_A_FILE = re.compile(r"POISE_[A-Z0-9_]+_FILE")
_PUBLIC = frozenset({"POISE_EXECUTION__VERIFY_KEY_FILE", "POISE_EXECUTION__OPERATOR_KEY_FILE"})
"""Public halves of key pairs: everybody may read them."""
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def looker_at_secrets(environment: Mapping[str, str], more: Mapping[str, Path]) -> Look:
    """Return what looks at the files that the environment names, and at `more` of them by what they are of."""

    async def look(findings: Findings) -> None:
        named = {**dict(_named(environment)), **more}
        for of, file in named.items():
            _look_at(findings, of, file)
        if not named:
            findings.unknown("files", "no file of a secret is named here")

    return look


def _named(environment: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    for name, value in sorted(environment.items()):
        if _NAMES_A_FILE.fullmatch(name) and name not in _PUBLIC and value:
            yield name, Path(value)


def _look_at(findings: Findings, of: str, file: Path) -> None:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        is_readable = _readable(file)
    except OSError as error:
        findings.unknown(of, f"{file}: {error.strerror}; whoever needs it says so at its start")
        return
    if mode & _FOR_OTHERS:
        found = f"{file} has mode {mode:04o}: others on this machine may read it"
        findings.fail(of, found, f"`chmod 600 {file}`, and make the secret anew if somebody did")
    elif not is_readable:
        findings.unknown(of, f"{file} (mode {mode:04o}) is another user's")
    else:
        findings.ok(of, f"{file} has mode {mode:04o}")


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except PermissionError:
        return False
