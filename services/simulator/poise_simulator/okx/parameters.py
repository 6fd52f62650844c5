"""Request parameters, from a query or a JSON body, read with the venue's own refusals."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from urllib.parse import parse_qsl

import orjson

from poise_simulator.okx.errors import OkxError, body_malformed, body_missing, missing, wrong

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
_INTEGER = re.compile(r"[0-9]{1,20}")


class Parameters:
    """Read the parameters of one request, or of one row of it, by name and type; raises `OkxError`."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        """Read from what was sent: texts, or what JSON has in their place."""
        self._values = values

    @classmethod
    def of_query(cls, query: str) -> Parameters:
        """Read a query string; of a name sent twice the last counts."""
        return cls(dict(parse_qsl(query, keep_blank_values=True)))

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) not in {None, ""}

    def optional_text(self, name: str) -> str | None:
        """Return a parameter as text, None when it was left out or is empty."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise wrong(name)

    def text(self, name: str) -> str:
        """Return a mandatory parameter as text."""
        value = self.optional_text(name)
        if value is None:
            raise missing(name)
        return value

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """Return a parameter that is one of a few words; mandatory where there is no default."""
        value = self.text(name) if default is None else self.optional_text(name) or default
        if value not in allowed:
            raise wrong(name)
        return value

    def optional_decimal(self, name: str) -> Decimal | None:
        """Return a decimal, None when it was left out."""
        value = self.optional_text(name)
        if value is None:
            return None
        if _DECIMAL.fullmatch(value) is None:
            raise wrong(name)
        return Decimal(value)

    def decimal(self, name: str) -> Decimal:
        """Return a mandatory decimal."""
        value = self.optional_decimal(name)
        if value is None:
            raise missing(name)
        return value

    def optional_integer(self, name: str) -> int | None:
        """Return a non-negative integer, None when it was left out."""
        value = self.optional_text(name)
        if value is None:
            return None
        if _INTEGER.fullmatch(value) is None:
            raise wrong(name)
        return int(value)

    def integer(self, name: str) -> int:
        """Return a mandatory non-negative integer."""
        value = self.optional_integer(name)
        if value is None:
            raise missing(name)
        return value

    def limit(self, default: int, maximum: int, name: str = "limit") -> int:
        """Return how many rows were asked for, between 1 and `maximum`."""
        value = self.optional_integer(name)
        if value is None:
            return default
        if not 1 <= value <= maximum:
            raise wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """Return a true/false parameter, false when it was left out."""
        return self.choice(name, {"true", "false"}, default="false") == "true"


def parse_body(body: str) -> list[Parameters]:
    """Read a JSON body into its rows: one for an object, and one for each object of an array."""
    if not body:
        raise body_missing()
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise body_malformed() from None
    rows = sent if isinstance(sent, list) else [sent]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise body_malformed()
    return [Parameters(row) for row in rows]


def readable(query: str, body: str) -> Parameters:
    """Read the first row of a request, whatever it is; nothing where it can't be read."""
    try:
        return parse_body(body)[0] if body else Parameters.of_query(query)
    except OkxError:
        return Parameters({})
