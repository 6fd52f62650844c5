"""Docker Compose as it is found on this machine, run in the project's folder."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poise.installation import COMPOSE_FILE, ROOT
from poise_common.domain.value import Value

_ANSWERS_WITHIN_S = 15
WITH_ALL_PROFILES: Mapping[str, str] = {"COMPOSE_PROFILES": "simulated"}
"""What was started either way is stopped."""

_SIMULATED: Mapping[str, str] = {**WITH_ALL_PROFILES, "POISE_SIMULATED": "true"}
_REAL: Mapping[str, str] = {"COMPOSE_PROFILES": "", "POISE_SIMULATED": "false", "POISE_SECOND_VENUE": "false"}
_OWN_SETTINGS = "desk.env"
"""In the place of `.env`, as the make verbs have it."""


class NoDocker(Exception):
    """Containers cannot be run here: what is missing and what would do."""


class ComposeRun(Value):
    """What was run where, and what it ended with; None: it was only shown."""

    command: str
    folder: Path
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Compose:
    """The program, and the folder that it runs in."""

    program: tuple[str, ...]
    folder: Path

    def planned(self, arguments: Sequence[str], environment: Mapping[str, str]) -> ComposeRun:
        """Say what would be run."""
        said = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
        return ComposeRun(
            command=" ".join([*said, shlex.join([*self.program, *arguments])]), folder=self.folder, exit_code=None
        )

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> ComposeRun:
        """Run it to its end, with all that it says on stderr; raises NoDocker where no engine answers."""
        _check_engine()
        ended = subprocess.run(  # noqa: S603 - what was found on the path, with arguments of ours
            [*self.program, *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            check=False,
        )
        return self.planned(arguments, environment).model_copy(update={"exit_code": ended.returncode})


def find_compose(folder: Path | None) -> Compose:
    """Find the project, with a server's own settings where it has them, and the program; raises NoDocker."""
    project = _project(folder)
    own = ("--env-file", _OWN_SETTINGS) if (project / _OWN_SETTINGS).is_file() else ()
    return Compose((*_program(), *own), project)


def choosing_venues(simulated: bool | None) -> Mapping[str, str]:
    """Say to the project which venues are wanted, simulated ones or real ones; None: as its `.env` has it."""
    return {} if simulated is None else _SIMULATED if simulated else _REAL


def _project(folder: Path | None) -> Path:
    looked_in = (Path.cwd(), ROOT) if folder is None else (folder,)
    for each in looked_in:
        if (each / COMPOSE_FILE).is_file():
            return each
    where = " or ".join(str(each) for each in looked_in)
    raise NoDocker(f"there is no {COMPOSE_FILE} in {where}; --folder names the folder of the project")


def _program() -> tuple[str, ...]:
    docker = shutil.which("docker")
    if docker is not None and _answers([docker, "compose", "version"]):
        return ("docker", "compose")
    if shutil.which("docker-compose") is not None:
        return ("docker-compose",)
    missing = "Docker is not installed" if docker is None else "Docker has no Compose"
    raise NoDocker(
        f"{missing}: neither `docker compose` nor `docker-compose` is there; docs.docker.com/engine/install says how it"
        " comes here, and `poise demo` needs none of it"
    )


def _check_engine() -> None:
    docker = shutil.which("docker")
    if docker is not None and not _answers([docker, "version"]):
        raise NoDocker("Docker's engine does not answer; `docker version` says why, `systemctl start docker` starts it")


def _answers(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=_ANSWERS_WITHIN_S, check=False).returncode == 0  # noqa: S603 - as above
    except (OSError, subprocess.TimeoutExpired):
        return False
