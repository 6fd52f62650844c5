"""The wallets that a venue keeps an account's money in."""

from enum import StrEnum


class Wallet(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"
    """Told less what its positions cost."""
    UNIFIED = "unified"
    """Both in one: of a venue that has it there are no others."""
