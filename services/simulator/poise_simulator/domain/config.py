"""What one exchange is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from poise_simulator.domain.assets import CATALOGUE, AssetProfile
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.places import Place
from poise_simulator.domain.regimes import DEMO, RegimeProfile

MARK_PERIOD_MS = 1_000


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """An account and what it starts with; a unified one has all of it in one wallet."""

    account_id: str = "paper"
    spot: Mapping[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(60_000)})
    futures_wallet: Decimal = Decimal(40_000)
    is_unified: bool = False


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Commission rates of one market, as shares of the notional."""

    taker: Decimal = Decimal("0.0005")
    maker: Decimal = Decimal("0.0002")


@dataclass(frozen=True, slots=True)
class ExchangeConfig:
    """Everything an `Exchange` is built from but its seed and start time.

    `funding_interval_s` may be minutes or seconds; `funding_intervals_s` overrides it by symbol.
    `assets` must hold the factor asset (BTC) first. `place` is for a venue that shares its world with others.
    Without `dated` there are no dated futures; `cross_pairs` are further spot pairs as (base, quote), of its assets.
    With `records_crossing_post_only`, a post-only order that would take is taken in and ended at once, not refused.
    """

    accounts: tuple[AccountConfig, ...] = (AccountConfig(),)
    assets: tuple[AssetProfile, ...] = CATALOGUE
    regimes: RegimeProfile = DEMO
    funding_interval_s: int = 28_800
    funding_intervals_s: Mapping[str, int] = field(default_factory=dict)
    interest_rate_per_8h: Decimal = Decimal("0.0001")
    spot_fees: FeeSchedule = FeeSchedule()
    futures_fees: FeeSchedule = FeeSchedule()
    liquidation_fee_rate: Decimal = Decimal("0.0125")
    default_leverage: int = 20
    settlement_asset: str = "USDT"
    step_ms: int = 100
    book_updates_per_s: float = 5.0
    book_levels: int = 50
    history_days: int = 90
    dated: DatedTerms | None = None
    cross_pairs: tuple[tuple[str, str], ...] = ()
    records_crossing_post_only: bool = False
    place: Place | None = None

    def __post_init__(self) -> None:
        """Refuse what can't work. Raises ValueError with the field, its value and what would pass."""
        rules = {
            "funding_interval_s": (self.funding_interval_s >= 1, "at least 1"),
            "funding_intervals_s": (all(s >= 1 for s in self.funding_intervals_s.values()), "all at least 1"),
            "step_ms": (self.step_ms >= 1 and MARK_PERIOD_MS % self.step_ms == 0, "a divisor of 1000"),
            "book_updates_per_s": (
                0.0 < self.book_updates_per_s * self.step_ms <= 1_000,
                "above 0 and up to one a step",
            ),
            "book_levels": (self.book_levels >= 3, "at least 3"),
            "history_days": (self.history_days >= 3, "at least 3"),
            "default_leverage": (self.default_leverage >= 1, "at least 1"),
            "accounts": (len({a.account_id for a in self.accounts}) == len(self.accounts), "each id once"),
        }
        for name, (is_met, needed) in rules.items():
            if not is_met:
                raise ValueError(f"{name} {getattr(self, name)}: must be {needed}")
