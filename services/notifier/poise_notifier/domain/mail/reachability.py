"""Whether somebody is reached: after a failure they are left alone, twice as long each time."""

from datetime import datetime, timedelta

from poise_notifier.domain.parameters import DeliveryConfig


class Reachability:
    """Of a channel, or of one recipient."""

    def __init__(self, config: DeliveryConfig) -> None:
        self._config = config
        self._delay_s = config.retry_delay_s
        self._not_before: datetime | None = None
        self.failing_since: datetime | None = None
        self.reason = ""
        self.is_known = False
        """Something was delivered, or failed, since the start."""

    def may_try(self, now: datetime) -> bool:
        return self._not_before is None or now >= self._not_before

    def failed(self, now: datetime, reason: str, retry_after_s: float | None) -> None:
        """Wait as long as was asked for, else as long as it takes by now."""
        self.is_known = True
        self.reason = reason
        self.failing_since = self.failing_since or now
        self._not_before = now + timedelta(seconds=max(self._delay_s, retry_after_s or 0.0))
        self._delay_s = min(self._config.retry_delay_max_s, self._delay_s * 2)

    def succeeded(self, now: datetime, pause: timedelta) -> None:
        """Have the next message wait for a pause."""
        self.is_known = True
        self.failing_since = None
        self._delay_s = self._config.retry_delay_s
        self._not_before = now + pause

    def is_out(self, now: datetime) -> bool:
        """Say whether it has failed for so long that people should know."""
        return self.failing_since is not None and now - self.failing_since >= self._config.unreachable_after
