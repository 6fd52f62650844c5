"""Which dated futures a venue lists, and for how long each lives."""

from dataclasses import dataclass

YEAR_MS = 365 * 86_400_000
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class DatedTerms:
    """The dated futures of a venue: always `contracts` of each asset, on the next quarters' last Fridays.

    With `first_expiry_s`, one contract more comes before them, which expires so long after the start and is priced as
    if `first_priced_as_days` were left to it then: a month's convergence in minutes. The delivery price is the mean
    of the index, second by second, over the last `delivery_window_s`; of the short contract at most over the last
    tenth of its life. A delivered contract is shown, closed, for `shown_after_delivery_s`.
    """

    assets: tuple[str, ...] = ("BTC", "ETH")
    contracts: int = 2
    first_expiry_s: int | None = None
    first_priced_as_days: float = 30.0
    delivery_window_s: int = 3_600
    shown_after_delivery_s: int = 3_600

    def __post_init__(self) -> None:
        """Refuse what can't work. Raises ValueError with the field, its value and what would pass."""
        rules = {
            "assets": (len(set(self.assets)) == len(self.assets), "each once"),
            "contracts": (self.contracts >= 1, "at least 1"),
            "first_expiry_s": (self.first_expiry_s is None or self.first_expiry_s >= 1, "at least 1"),
            "first_priced_as_days": (self.first_priced_as_days > 0.0, "above 0"),
            "delivery_window_s": (self.delivery_window_s >= 1, "at least 1"),
            "shown_after_delivery_s": (self.shown_after_delivery_s >= 0, "at least 0"),
        }
        for name, (is_met, needed) in rules.items():
            if not is_met:
                raise ValueError(f"{name} {getattr(self, name)}: must be {needed}")


@dataclass(frozen=True, slots=True)
class Term:
    """One contract's life, delivered at the mean of its last window. `pace` is how many days of premium pass in one."""

    listed_ms: int
    expires_ms: int
    window_s: int
    pace: float = 1.0
    priced_days_max: float = float("inf")

    def years_left(self, time_ms: float) -> float:
        """Return the time that the premium is for; 0 from expiry on."""
        left_ms = max(0.0, self.expires_ms - time_ms) * self.pace
        return min(left_ms, self.priced_days_max * DAY_MS) / YEAR_MS
