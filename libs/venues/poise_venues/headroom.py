"""How much of each request budget is left, by the last answers of those who share it."""

from dataclasses import dataclass

from poise_common.platform.clock import machine_s


@dataclass(frozen=True, slots=True)
class _Reading:
    share: float
    refill_share_per_s: float
    at_s: float
    blocked_until_s: float

    def share_at(self, now_s: float) -> float:
        if now_s < self.blocked_until_s:
            return 0.0
        # A request that weighs more than the whole burst leaves less than nothing of it.
        return min(1.0, max(0.0, self.share + (now_s - self.at_s) * self.refill_share_per_s))


class Headroom:
    """Remember the last reading of each bucket, until it is full again."""

    def __init__(self) -> None:
        self._readings: dict[str, dict[str, _Reading]] = {}

    def saw(self, budget: str, bucket: str, *, share: float, refill_share_per_s: float) -> None:
        """Note what share of a bucket of a budget was left just now, and what share of it comes back each second."""
        self._keep(budget, bucket, _Reading(share, refill_share_per_s, machine_s(), 0.0))

    def blocked(self, budget: str, bucket: str, *, seconds: float) -> None:
        """Note that nothing of a bucket may be used for so long."""
        now_s = machine_s()
        self._keep(budget, bucket, _Reading(1.0, 0.0, now_s, now_s + seconds))

    def left(self, budget: str) -> float:
        """Return the share, 0 to 1, that is left of a budget: of its buckets, what the emptiest one has."""
        now_s = machine_s()
        shares = {bucket: reading.share_at(now_s) for bucket, reading in self._readings.get(budget, {}).items()}
        for full in [bucket for bucket, share in shares.items() if share >= 1]:
            del self._readings[budget][full]
        return min(shares.values(), default=1.0)

    def _keep(self, budget: str, bucket: str, reading: _Reading) -> None:
        self._readings.setdefault(budget, {})[bucket] = reading
