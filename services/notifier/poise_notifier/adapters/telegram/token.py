"""The bot's token: a secret in a file."""

import re
from pathlib import Path

from poise_common.platform.secret_files import SecretRefused, read_secret

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


def read_token(file: Path) -> str:
    """Return the token as BotFather gives it; raises SecretRefused, and never says what it read instead."""
    token = read_secret(file)
    if _TOKEN.fullmatch(token) is None:
        raise SecretRefused(file, "it has no bot token, which is a number, a colon, and letters")
    return token
