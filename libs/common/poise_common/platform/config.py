"""Configuration: a YAML section, the environment over it, as a typed model or a refusal that says what would pass."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from poise_common.platform.config_problems import problems_of
from poise_common.platform.refusals import ConfigProblem, ConfigRefused

Model = TypeVar("Model", bound=BaseModel)

_UNREADABLE = (yaml.YAMLError, ValueError, RecursionError)
"""Also what the parser lets through of bytes that are no text, of dates that no calendar has, and of endless depth."""


def load_section(
    directory: Path,
    section: str,
    model: type[Model],
    environment: Mapping[str, str],
    *,
    reserved: Collection[str] = (),
) -> Model:
    """Read `<directory>/<section>.yaml`, lay `POISE_<SECTION>__<KEY>[__<KEY>…]` over it, and type it.

    `reserved` names keys of the section's environment that are settings of the service, not configuration.
    Raises ConfigRefused naming file, key, value, reason and what would pass, for every problem at once.
    """
    file = directory / f"{section}.yaml"
    values = _read(file)
    origins = _override(values, section, environment, frozenset(reserved))
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigRefused(file, problems_of(error, model, origins)) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        problem = ConfigProblem("(file)", str(file), error.strerror or str(error), "a readable YAML file would pass")
        raise ConfigRefused(file, (problem,)) from None
    except _UNREADABLE as error:
        reason = " ".join(str(error).split())
        raise ConfigRefused(file, (ConfigProblem("(file)", "…", reason, "valid YAML would pass"),)) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        problem = ConfigProblem("(file)", values, "the top level is no mapping", "`key: value` lines would pass")
        raise ConfigRefused(file, (problem,))
    return values


def _override(
    values: dict[str, Any], section: str, environment: Mapping[str, str], reserved: frozenset[str]
) -> dict[tuple[str, ...], str]:
    """Lay the environment over the file's values; return which keys came from which variable."""
    prefix = f"POISE_{section.upper()}__"
    origins: dict[tuple[str, ...], str] = {}
    for variable in sorted(environment):
        if not variable.upper().startswith(prefix):
            continue
        parts = variable[len(prefix) :].split("__")
        if parts[0].lower() in reserved:
            continue
        origins[_set(values, parts, _typed(environment[variable]))] = variable
    return origins


def _set(values: dict[str, Any], parts: list[str], value: object) -> tuple[str, ...]:
    path: list[str] = []
    place = values
    for position, part in enumerate(parts):
        key = next((known for known in place if str(known).lower() == part.lower()), part.lower())
        path.append(str(key))
        if position == len(parts) - 1:
            place[key] = value
            break
        deeper = place.get(key)
        if not isinstance(deeper, dict):
            deeper = {}
            place[key] = deeper
        place = deeper
    return tuple(path)


def _typed(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except _UNREADABLE:
        return text
