"""Cancel-all-after: open orders of an account, or of one symbol of it, end unless the countdown is renewed."""


class DeadManSwitch:
    """One countdown an account and symbol, and one for all that an account has open."""

    def __init__(self) -> None:
        """Count nothing down."""
        self._deadlines_ms: dict[tuple[str, str | None], int] = {}

    def arm(self, account_id: str, symbol: str | None, countdown_ms: int, now_ms: int) -> None:
        """Start or renew a countdown; 0 stops it. No symbol means all of the account's orders."""
        if countdown_ms == 0:
            self._deadlines_ms.pop((account_id, symbol), None)
        else:
            self._deadlines_ms[(account_id, symbol)] = now_ms + countdown_ms

    def take_due(self, now_ms: int) -> list[tuple[str, str | None]]:
        """Remove and return each (account, symbol) whose countdown has run out."""
        if not self._deadlines_ms:
            return []
        due = [key for key, deadline_ms in self._deadlines_ms.items() if deadline_ms <= now_ms]
        for key in due:
            del self._deadlines_ms[key]
        return due
