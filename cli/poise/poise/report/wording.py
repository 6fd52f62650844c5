"""Figures of a report as people read them, in a terminal and on a page."""

from datetime import datetime
from decimal import Decimal

UNKNOWN = "–"

_CENTS_BELOW_USD = 10_000
_ENDING = 8
"""So many last characters of an id tell it from others."""


def usd(amount: Decimal | float | None) -> str:
    """Show dollars: with cents where they matter."""
    return UNKNOWN if amount is None else _minus(amount) + _unsigned_usd(amount)


def signed_usd(amount: Decimal | float | None) -> str:
    """Show dollars that were gained or lost."""
    return UNKNOWN if amount is None else _sign(amount) + _unsigned_usd(amount)


def percent(fraction: Decimal | float | None, digits: int = 2) -> str:
    """Show a share."""
    return UNKNOWN if fraction is None else f"{_minus(fraction)}{abs(fraction):,.{digits}%}".replace("%", " %")


def signed_percent(fraction: Decimal | float | None, digits: int = 2) -> str:
    """Show a change."""
    return UNKNOWN if fraction is None else f"{_sign(fraction)}{abs(fraction):,.{digits}%}".replace("%", " %")


def bps(fraction: Decimal | float | None) -> str:
    """Show a small change in hundredths of a percent."""
    return UNKNOWN if fraction is None else f"{_sign(fraction)}{abs(float(fraction)) * 10_000:,.2f} bps"


def ratio(value: Decimal | float | None) -> str:
    """Show a ratio such as Sharpe's."""
    return UNKNOWN if value is None else f"{_minus(value)}{abs(value):,.2f}"


def count(value: int) -> str:
    """Show how many."""
    return f"{value:,}"


def when(at: datetime | None) -> str:
    """Show a time, UTC."""
    return UNKNOWN if at is None else f"{at:%Y-%m-%d %H:%M}"


def lasting(hours: float | None) -> str:
    """Show how long something lasted, in the unit that makes it a small number."""
    if hours is None:
        return UNKNOWN
    if hours < 1:
        return f"{hours * 60:.0f} min"
    value, unit = (hours, "h") if hours < 48 else (hours / 24, "d")
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


def ending(id_: object) -> str:
    """Show the characters of an id that tell it from others."""
    return str(id_)[-_ENDING:]


def words(name: str) -> str:
    """Show a name of ours as words."""
    return name.replace("_", " ")


def _unsigned_usd(amount: Decimal | float) -> str:
    digits = 0 if abs(float(amount)) >= _CENTS_BELOW_USD else 2
    return f"${abs(amount):,.{digits}f}"


def _minus(value: Decimal | float) -> str:
    return "−" if value < 0 else ""


def _sign(value: Decimal | float) -> str:
    return "+" if value > 0 else _minus(value)
