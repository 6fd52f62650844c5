"""API keys: what each opens, and what it may do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One API key with the account it opens and its permissions; not every protocol asks for a passphrase."""

    key: str
    secret: str
    account_id: str
    may_trade: bool = True
    may_withdraw: bool = False
    passphrase: str = ""


class KeyRing:
    """Look up API keys."""

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        """Hold the keys that the venue has given out."""
        self._by_key = {key.key: key for key in keys}

    def find(self, presented: str | None) -> ApiKey | None:
        """Return the key that was presented, None for one that isn't there."""
        return None if presented is None else self._by_key.get(presented)
