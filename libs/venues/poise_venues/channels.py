"""What can be watched of a market."""

from enum import Enum


class Channel(Enum):
    BOOKS = "books"
    TRADES = "trades"
    CANDLES = "candles"
    """Of one minute."""
    FUNDING = "funding"
    """Running funding rate, mark and index of a perpetual."""
