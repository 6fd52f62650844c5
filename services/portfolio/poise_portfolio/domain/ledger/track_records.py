"""What the settled packages of each strategy came to: how often they won, and how much they won and lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import TrackRecord
from poise_portfolio.domain.ledger.packages import Package
from poise_portfolio.domain.ledger.positions import ZERO


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over settled packages of a strategy, in USD; what they lost is ≥ 0."""

    strategy: str
    settled: int = 0
    wins: int = 0
    won_usd: Decimal = ZERO
    lost_usd: Decimal = ZERO

    def with_result(self, net_usd: Decimal) -> "Tally":
        """Count one more package: it won where it made anything."""
        return Tally(
            self.strategy,
            self.settled + 1,
            self.wins + (net_usd > 0),
            self.won_usd + max(net_usd, ZERO),
            self.lost_usd + max(-net_usd, ZERO),
        )

    def record(self) -> TrackRecord:
        """Return it as it is told."""
        return TrackRecord(
            strategy=self.strategy,
            settled=self.settled,
            wins=self.wins,
            mean_win_usd=self.won_usd / self.wins if self.wins else ZERO,
            mean_loss_usd=self.lost_usd / (self.settled - self.wins) if self.settled > self.wins else ZERO,
        )


def counted(tallies: Mapping[str, Tally], packages: Iterable[Package]) -> dict[str, Tally]:
    """Return the tallies with these packages counted too: those that were closed; what was aborted says nothing."""
    sums = dict(tallies)
    for package in packages:
        if package.state is PackageState.CLOSED and package.strategy is not None:
            tally = sums.get(package.strategy) or Tally(package.strategy)
            sums[package.strategy] = tally.with_result(package.net_usd)
    return sums
