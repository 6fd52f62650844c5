"""What is wrong with a configuration value, and what would pass, in a person's words."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from poise_common.platform.refusals import ConfigProblem

_BOUNDS = {
    "greater_than": ("gt", "a value > {}"),
    "greater_than_equal": ("ge", "a value ≥ {}"),
    "less_than": ("lt", "a value < {}"),
    "less_than_equal": ("le", "a value ≤ {}"),
    "literal_error": ("expected", "one of {}"),
    "enum": ("expected", "one of {}"),
    "too_short": ("min_length", "at least {} entries"),
    "too_long": ("max_length", "at most {} entries"),
    "multiple_of": ("multiple_of", "a multiple of {}"),
}


def problems_of(
    error: ValidationError, model: type[BaseModel], origins: Mapping[tuple[str, ...], str] | None = None
) -> tuple[ConfigProblem, ...]:
    """Turn pydantic's findings into problems; `origins` names the variable a key was overridden by."""
    return tuple(_problem(details, model, origins or {}) for details in error.errors(include_url=False))


def _problem(details: ErrorDetails, model: type[BaseModel], origins: Mapping[tuple[str, ...], str]) -> ConfigProblem:
    location = details["loc"]
    key = ".".join(str(part) for part in location) or "(whole section)"
    variable = origins.get(tuple(str(part) for part in location))
    return ConfigProblem(
        f"{key} (from {variable})" if variable else key,
        _shown(details["input"], details["type"], location),
        _reason(details),
        _would_pass(details, model),
    )


def _shown(value: object, error_type: str, location: tuple[int | str, ...]) -> object:
    if error_type == "missing" or not location:
        return None
    text = repr(value)
    return value if len(text) <= 80 else text[:77] + "…"


def _reason(details: ErrorDetails) -> str:
    if details["type"] == "missing":
        return "it is missing"
    if details["type"] == "extra_forbidden":
        return "no such key"
    return details["msg"].removeprefix("Value error, ")


def _would_pass(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        known = sorted(_keys_at(model, details["loc"][:-1]))
        near = get_close_matches(str(details["loc"][-1]), known, n=1)
        return f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return f"{text.format(details.get('ctx', {}).get(name))} would pass"
    if kind in {"value_error", "assertion_error"}:
        return "what the reason asks for would pass"
    if kind == "missing":
        return "setting it would pass"
    words = kind.removesuffix("_parsing").removesuffix("_type").replace("_", " ")
    return f"a valid {words} would pass"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    annotation: Any = model
    for part in location:
        annotation = _step(annotation, part)
    found = _models_in(annotation)
    return {name for each in found for name in each.model_fields}


def _step(annotation: Any, part: int | str) -> Any:
    for each in _models_in(annotation):
        if part in each.model_fields:
            return each.model_fields[str(part)].annotation
    arguments = [argument for arm in _arms(annotation) for argument in get_args(arm) if argument is not Ellipsis]
    return arguments[-1] if arguments else None


def _arms(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _arms(get_args(annotation)[0])
    if origin is Union or isinstance(annotation, UnionType):
        return tuple(arm for argument in get_args(annotation) for arm in _arms(argument))
    return (annotation,)


def _models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    return tuple(arm for arm in _arms(annotation) if isinstance(arm, type) and issubclass(arm, BaseModel))
