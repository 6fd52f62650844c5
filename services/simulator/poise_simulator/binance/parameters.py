"""Request parameters, read with the venue's own refusals for what is missing or malformed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import parse_qsl

import orjson

from poise_simulator.binance.errors import VenueError, illegal, missing, not_valid

DECIMAL_PATTERN = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INTEGER_PATTERN = r"^[0-9]{1,20}$"
SYMBOL_PATTERN = r"^[A-Z0-9-_.]{1,20}$"
CLIENT_ORDER_ID_PATTERN = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"

_DECIMAL = re.compile(DECIMAL_PATTERN)
_INTEGER = re.compile(INTEGER_PATTERN)
_SYMBOL = re.compile(SYMBOL_PATTERN)
_CLIENT_ORDER_ID = re.compile(CLIENT_ORDER_ID_PATTERN)


class Parameters:
    """Read the parameters of one request by name and type; raises `VenueError` where the venue would."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @classmethod
    def parse(cls, query: str, body: str) -> Parameters:
        """Merge a query string and a form body; a name sent twice is refused (-1101)."""
        values: dict[str, str] = {}
        for part in (query, body):
            for name, value in parse_qsl(part, keep_blank_values=True):
                if name in values:
                    raise VenueError(-1101, "Duplicate values for a parameter detected.")
                values[name] = value
        return cls(values)

    def ignoring_case(self) -> Parameters:
        """Return the same parameters under lower-case names."""
        return Parameters({name.lower(): value for name, value in self._values.items()})

    def __contains__(self, name: str) -> bool:
        return self._values.get(name, "") != ""

    def text(self, name: str) -> str:
        """Return a mandatory parameter as sent."""
        value = self._values.get(name, "")
        if not value:
            raise missing(name)
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a parameter as sent, None when it was left out."""
        if name not in self._values:
            return None
        value = self._values[name]
        if not value:
            raise VenueError(-1105, f"Parameter '{name}' was empty.")
        return value

    def symbol(self) -> str:
        """Return the mandatory symbol, checked for its characters only."""
        return _matched("symbol", self.text("symbol"), _SYMBOL, SYMBOL_PATTERN)

    def optional_symbol(self) -> str | None:
        """Return the symbol if one was sent, checked for its characters only."""
        value = self.optional_text("symbol")
        return None if value is None else _matched("symbol", value, _SYMBOL, SYMBOL_PATTERN)

    def symbols(self) -> list[str] | None:
        """Return the names in a `symbols=["A","B"]` parameter, None when it was left out."""
        raw = self.optional_text("symbols")
        if raw is None:
            return None
        try:
            names = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise illegal("symbols", r"^\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\]$") from None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise not_valid("symbols")
        return names

    def client_order_id(self, name: str) -> str | None:
        """Return a client order id, None when it was left out."""
        value = self.optional_text(name)
        return None if value is None else _matched(name, value, _CLIENT_ORDER_ID, CLIENT_ORDER_ID_PATTERN)

    def decimal(self, name: str) -> Decimal:
        """Return a mandatory non-negative decimal."""
        return Decimal(_matched(name, self.text(name), _DECIMAL, DECIMAL_PATTERN))

    def optional_decimal(self, name: str) -> Decimal | None:
        """Return a non-negative decimal, None when it was left out."""
        value = self.optional_text(name)
        return None if value is None else Decimal(_matched(name, value, _DECIMAL, DECIMAL_PATTERN))

    def integer(self, name: str) -> int:
        """Return a mandatory non-negative integer."""
        return int(_matched(name, self.text(name), _INTEGER, INTEGER_PATTERN))

    def optional_integer(self, name: str) -> int | None:
        """Return a non-negative integer, None when it was left out."""
        value = self.optional_text(name)
        return None if value is None else int(_matched(name, value, _INTEGER, INTEGER_PATTERN))

    def limit(self, default: int, maximum: int) -> int:
        """Return how many rows were asked for, between 1 and `maximum` (more is cut, as the venue does)."""
        value = self.optional_integer("limit")
        if value is None:
            return default
        if value == 0:
            raise not_valid("limit")
        return min(value, maximum)

    def flag(self, name: str) -> bool:
        """Return a true/false parameter, false when it was left out."""
        value = self.optional_text(name)
        if value is None:
            return False
        if value.lower() not in {"true", "false"}:
            raise not_valid(name)
        return value.lower() == "true"


def _matched(name: str, value: str, pattern: re.Pattern[str], shown: str) -> str:
    if pattern.fullmatch(value) is None:
        raise illegal(name, shown)
    return value
