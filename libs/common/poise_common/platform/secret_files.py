"""Secrets as files: a password, a key, an address with one in it; each in a file of its own."""

from pathlib import Path

from poise_common.platform.refusals import StartRefused


class SecretRefused(StartRefused):
    """A secret's file cannot be used."""

    def __init__(self, file: Path, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(f"secret file {file}: {why}; a file with the secret alone, readable by this user, would pass")


def read_secret(file: Path) -> str:
    """Return a secret without the white space around it; raises SecretRefused where there is none."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretRefused(file, error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise SecretRefused(file, "it is not text") from None
    if not secret:
        raise SecretRefused(file, "it is empty")
    return secret
