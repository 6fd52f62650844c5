"""An outage of something outside: said once when it begins, once when it ends, with growing waits between."""

import structlog

_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 1.0


class Outage:
    """Remember whether something is out; one for each thing that can be."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._wait_s = _FIRST_WAIT_S
        self._log = structlog.get_logger()
        self.lasts = False

    def goes_on(self, error: BaseException) -> float:
        """Note a failure; return how many seconds to wait before the next attempt."""
        if not self.lasts:
            self.lasts = True
            self._wait_s = _FIRST_WAIT_S
            self._log.warning("unreachable, retrying", what=self.what, error=f"{type(error).__name__}: {error}")
        wait_s = self._wait_s
        self._wait_s = min(_LONGEST_WAIT_S, wait_s * 2)
        return wait_s

    def is_over(self) -> None:
        """Note a success."""
        if self.lasts:
            self.lasts = False
            self._log.info("reachable again", what=self.what)
