"""Figures as people read them."""

from decimal import Decimal

_WHOLE_FROM = 1000
_UNKNOWN = "–"


def figure(value: Decimal | None) -> str:
    """Show a figure whose unit its limit's name says: whole from a thousand on, else four digits of it."""
    if value is None:
        return _UNKNOWN
    return f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{float(value):.4g}"


def usd(amount: Decimal) -> str:
    """Show whole dollars."""
    return f"${amount:,.0f}"
