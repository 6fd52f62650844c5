"""Where a desk's bus, book and configuration are: as the environment says, else as a desk of this folder does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from poise.installation import CONFIGURATION
from poise_common.platform.refusals import StartRefused
from poise_common.platform.settings import DatabaseSettings, RedisSettings, ServiceSettings, read_settings

RUNNING_DESK = Path(".poise") / "desk.json"
"""Where a desk that was started from this folder says how it is reached."""

_NO_DESK_HERE = f"and no desk was started from this folder ({RUNNING_DESK} is not there)"


class DeskUnreachable(Exception):
    """No desk answers: what was tried and why it failed."""


class BookUnreadable(Exception):
    """The book of record cannot be read: what was tried and why it failed."""


def redis_url_of_environment() -> str | None:
    """Return the bus' URL as POISE_REDIS__URL or its `_FILE` says; raises DeskUnreachable for a bad file."""
    try:
        return _url(read_settings(ServiceSettings).redis)
    except StartRefused as refused:
        raise DeskUnreachable(str(refused)) from None


def desk_redis_url() -> str:
    """Return the bus' URL; raises DeskUnreachable where nobody says it."""
    url = redis_url_of_environment() or said_by_running_desk("redis_url")
    if url is None:
        raise DeskUnreachable(f"POISE_REDIS__URL is not set, {_NO_DESK_HERE}")
    return url


def database_url_of_environment() -> str | None:
    """Return the book's URL as POISE_DATABASE__URL or its `_FILE` says; raises BookUnreadable for a bad file."""
    try:
        return _url(read_settings(ServiceSettings).database)
    except StartRefused as refused:
        raise BookUnreadable(str(refused)) from None


def desk_database_url() -> str:
    """Return the book's URL; raises BookUnreadable where nobody says it."""
    url = database_url_of_environment() or said_by_running_desk("database_url")
    if url is None:
        raise BookUnreadable(f"POISE_DATABASE__URL is not set, {_NO_DESK_HERE}")
    return url


def config_directory() -> Path:
    """Return the folder of the configuration that the desk runs by: its own, the environment's, this installation's."""
    said = said_by_running_desk("config_directory")
    if said is not None:
        return Path(said)
    section = read_settings(ServiceSettings).config
    return section.dir if section.model_fields_set else CONFIGURATION


def said_by_running_desk(key: str) -> str | None:
    """Return what a desk that was started from this folder says of itself; None where there is none."""
    try:
        return str(json.loads(RUNNING_DESK.read_text())[key])
    except (OSError, ValueError, KeyError):
        return None


def environment_of_running_desk() -> Mapping[str, str]:
    """Return what its services have in their environment beside ours: which venues they trade, and where."""
    try:
        said = json.loads(RUNNING_DESK.read_text())["environment"]
    except (OSError, ValueError, KeyError):
        return {}
    return {str(name): str(value) for name, value in said.items()}


def shown(url: str) -> str:
    """Return the URL without its password."""
    parts: Any = urlsplit(url)
    return url.replace(f":{parts.password}@", ":…@") if parts.password else url


def _url(section: RedisSettings | DatabaseSettings) -> str | None:
    """Return what is said of an address; a default is nobody's word."""
    return section.read_url() or None if section.model_fields_set & {"url", "url_file"} else None
