"""One venue's outage: said once however many connections it breaks, and once when all of them are back."""

import structlog

_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 2.0
_log = structlog.get_logger()


class VenueOutage:
    """What of a venue is out; each part waits longer with each failure of its own."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._waits_s: dict[str, float] = {}

    @property
    def lasts(self) -> bool:
        return bool(self._waits_s)

    def goes_on(self, part: str, error: Exception) -> float:
        """Note a failure of a part; return how many seconds to wait before its next attempt."""
        if not self._waits_s:
            _log.warning("venue_unreachable", venue=self._venue, part=part, reason=str(error))
        wait_s = self._waits_s.get(part, _FIRST_WAIT_S)
        self._waits_s[part] = min(_LONGEST_WAIT_S, wait_s * 2)
        return wait_s

    def is_over(self, part: str) -> None:
        """Note that a part works."""
        if self._waits_s.pop(part, None) is not None and not self._waits_s:
            _log.info("venue_reachable_again", venue=self._venue)
