"""Why a service refuses to start, as errors a person can act on."""

from dataclasses import dataclass
from pathlib import Path


class StartRefused(Exception):
    """The service does not start; the text says why and what would let it. Ends the process with code 2."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One value that does not pass: where it is, what it is, why not, and what would pass."""

    key: str
    value: object
    reason: str
    would_pass: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value!r}: {self.reason}; {self.would_pass}"


class ConfigRefused(StartRefused):
    """A configuration file, with the environment over it, does not pass."""

    def __init__(self, file: Path | str, problems: tuple[ConfigProblem, ...]) -> None:
        self.file = file
        self.problems = problems
        super().__init__(f"{file} is refused:\n" + "\n".join(f"  {problem}" for problem in problems))


class SchemaMissing(StartRefused):
    """The database lacks tables this service stands on."""

    def __init__(self, service: str, missing: tuple[str, ...]) -> None:
        self.service = service
        self.missing = missing
        super().__init__(f"{service} misses {', '.join(missing)} in the database: run `poise migrate`")


class DatabaseNotConfigured(StartRefused):
    """A service with a schema of its own has no database URL."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} keeps a book of record: set POISE_DATABASE__URL or POISE_DATABASE__URL_FILE")


class LoginRefused(StartRefused):
    """A server answers, and lets this service not in, or not at what it needs."""

    def __init__(self, server: str, why: str) -> None:
        self.server = server
        self.why = why
        super().__init__(f"{server} refuses this service: {why}; its own user, with the password of today, would pass")
