"""The venue's number formats: texts without trailing zeros, times in milliseconds as texts."""

from __future__ import annotations

import zlib
from decimal import Decimal


def number(value: Decimal) -> str:
    """Write a number in full, without an exponent and without trailing zeros."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def user_id(account_id: str) -> str:
    """Write the venue's number for an account."""
    return str(zlib.crc32(account_id.encode()))


def millis(time_ms: int) -> str:
    """Write a time."""
    return str(time_ms)
