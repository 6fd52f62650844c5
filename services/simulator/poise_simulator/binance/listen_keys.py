"""Listen keys: the venue's tickets to a user data stream, good for an hour from the last keep-alive."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from poise_simulator.domain.instruments import Market


@dataclass(slots=True)
class ListenKey:
    """One ticket with the account and market it opens; expires unless kept alive."""

    key: str
    account_id: str
    market: Market
    expires_ms: int


class ListenKeys:
    """Give out, extend and expire listen keys."""

    def __init__(self, validity_ms: int, salt: str) -> None:
        self._validity_ms = validity_ms
        self._salt = salt
        self._issued = 0
        self._by_key: dict[str, ListenKey] = {}

    def issue(self, account_id: str, market: Market, now_ms: int) -> ListenKey:
        """Return the account's valid key, extended, or a new one."""
        current = self.current(account_id, market, now_ms)
        if current is not None:
            current.expires_ms = now_ms + self._validity_ms
            return current
        self._issued += 1
        material = f"{self._salt}:{account_id}:{market}:{self._issued}"
        key = hashlib.sha256(material.encode()).hexdigest()
        issued = ListenKey(key, account_id, market, now_ms + self._validity_ms)
        self._by_key[key] = issued
        return issued

    def current(self, account_id: str, market: Market, now_ms: int) -> ListenKey | None:
        """Return the account's valid key, None when there is none."""
        for known in self._by_key.values():
            if known.account_id == account_id and known.market is market and known.expires_ms > now_ms:
                return known
        return None

    def find(self, key: str, now_ms: int) -> ListenKey | None:
        """Return a valid key, None for one that was never given out or has expired."""
        known = self._by_key.get(key)
        return known if known is not None and known.expires_ms > now_ms else None

    def keep_alive(self, key: ListenKey, now_ms: int) -> None:
        """Let a key live for its full validity from now."""
        key.expires_ms = now_ms + self._validity_ms

    def close(self, key: ListenKey) -> None:
        """Withdraw a key."""
        self._by_key.pop(key.key, None)

    def expire_all(self, now_ms: int) -> int:
        """Let every key run out now; returns how many."""
        for key in self._by_key.values():
            key.expires_ms = now_ms
        return len(self._by_key)

    def take_expired(self, now_ms: int) -> list[ListenKey]:
        """Remove and return the keys whose time has run out."""
        expired = [key for key in self._by_key.values() if key.expires_ms <= now_ms]
        for key in expired:
            del self._by_key[key.key]
        return expired
