"""Stream entry ids as something that can be compared."""

from typing import NamedTuple


class EntryId(NamedTuple):
    """Redis' `<ms>-<sequence>`: the server's time and a count within it."""

    unix_ms: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.unix_ms}-{self.sequence}"

    @property
    def next(self) -> "EntryId":
        return EntryId(self.unix_ms, self.sequence + 1)


FIRST = EntryId(0, 0)


def entry_id(text: bytes | str) -> EntryId:
    """Read an entry id as Redis writes it."""
    unix_ms, _, sequence = (text.decode() if isinstance(text, bytes) else text).partition("-")
    return EntryId(int(unix_ms), int(sequence or 0))
