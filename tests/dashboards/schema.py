"""Grafana's schema of dashboards and of its core panels, as its own kit has generated it into types."""

import json
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.runtime import panelcfg_config
from grafana_foundation_sdk.models.dashboard import Dashboard

register_default_plugins()
_OURS = "grafana-postgresql-datasource"
_OF_OURS: Mapping[str, type] = {
    "refId": str,
    "datasource": dict,
    "editorMode": str,
    "format": str,
    "rawQuery": bool,
    "rawSql": str,
}
"""What a question to an SQL data source consists of: the kit has no type for it."""


def problems(written: dict[str, Any]) -> list[str]:
    """Return what of a dashboard is not of the schema: unknown or missing keys, other types, unknown words."""
    read = Dashboard.from_json(written)
    return [*_lost(written, _again(read), "dashboard"), *_mistyped(read, "dashboard"), *_unknown_kinds(written)]


def _again(read: Any) -> Any:
    return json.loads(JSONEncoder().encode(read))


def _lost(written: object, again: object, where: str) -> Iterator[str]:
    """Yield what reading and writing has not kept, as it is no part of the schema, and what it had to add."""
    if isinstance(written, dict) and isinstance(again, dict):
        for key, value in written.items():
            if key in again:
                yield from _lost(value, again[key], f"{where}.{key}")
            elif value is not None:
                yield f"{where}.{key} is no part of the schema"
        # `custom` may be left out, and is read with its defaults.
        yield from (f"{where}.{key} is missing" for key in again.keys() - written.keys() - {"custom"})
    elif isinstance(written, list) and isinstance(again, list):
        for place, (one, other) in enumerate(zip(written, again, strict=True)):
            yield from _lost(one, other, f"{where}[{place}]")
    elif written != again:
        yield f"{where} is {written!r}, and would be {again!r}"


def _mistyped(read: Any, where: str) -> Iterator[str]:
    """Yield each attribute whose value is not of its declared type."""
    for name, hint in get_type_hints(type(read)).items():
        value = getattr(read, name, None)
        if not _fits(value, hint):
            yield f"{where}.{name} is {value!r}, not {hint}"
        for place, part in enumerate(value if isinstance(value, list) else [value]):
            if hasattr(part, "from_json"):
                yield from _mistyped(part, f"{where}.{name}[{place}]")


def _fits(value: Any, hint: Any) -> bool:  # noqa: PLR0911 - one line a kind of type
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in (object, Any) or value is hint:
        return True
    if origin in (Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin is Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(_fits(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(each, arguments[1]) for each in value.values())
    if hasattr(hint, "from_json") and isinstance(value, dict):  # a part that the kit leaves as it is written
        part = hint.from_json(value)
        return not any(_lost(value, _again(part), "")) and not any(_mistyped(part, ""))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return value in {member.value for member in hint}
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return value is None if hint is type(None) else isinstance(value, hint)


def _unknown_kinds(written: dict[str, Any]) -> Iterator[str]:
    """Yield panels and questions of kinds that nobody could have checked."""
    for panel in written.get("panels", []):
        if panel["type"] == "row":
            continue
        if panelcfg_config(panel["type"]) is None:
            yield f"{panel['title']} is a {panel['type']}, which is none of Grafana's own panels"
        for target in panel["targets"]:
            yield from _unknown_question(panel["title"], target)


def _unknown_question(title: str, target: dict[str, Any]) -> Iterator[str]:
    kind = target["datasource"]["type"]
    if kind == "prometheus":
        return
    if kind != _OURS:
        yield f"{title} asks a {kind}"
    elif target.keys() != _OF_OURS.keys() or not all(isinstance(target[key], of) for key, of in _OF_OURS.items()):
        yield f"{title} asks otherwise than an SQL data source is asked: {target}"
