"""What packages made, one by one and summed up by strategy, asset or venue."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise_portfolio.domain.performance.curve import YEAR

_ZERO = Decimal(0)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PackageResult:
    """One package's result in USD, realised and unrealised. Fees, borrow and slippage are costs: positive is paid."""

    package_id: UUID
    strategy: str
    asset: str
    venues: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    """None while it is open."""
    exposure_usd: Decimal
    """The most that it had: what its returns are measured on."""
    price_usd: Decimal
    """What its legs' prices made, at the prices of the decisions: slippage is beside it."""
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    expected_apr: float | None
    """As it was decided, on exposure, like the realised one; None where that is not known."""

    @property
    def net_usd(self) -> Decimal:
        return self.price_usd + self.funding_usd - self.fees_usd - self.borrow_usd - self.slippage_usd

    @property
    def venue(self) -> str:
        """Name the venue, or both of a package across two: its result is not one's or the other's."""
        return " / ".join(sorted(set(self.venues)))

    @property
    def held(self) -> timedelta | None:
        """How long it was held; None while it is."""
        return None if self.closed_at is None else self.closed_at - self.opened_at

    @property
    def exposure_years(self) -> float:
        """What was put to work, and for how long: USD times years; 0 while it is open."""
        return 0.0 if self.held is None else float(self.exposure_usd) * (self.held / YEAR)

    @property
    def realised_apr(self) -> float | None:
        """Its result as a simple yearly rate on its exposure; None while it is open, or if it held nothing."""
        return float(self.net_usd) / self.exposure_years if self.exposure_years > 0 else None


@dataclass(frozen=True, slots=True)
class PnlShares:
    """What each part made or cost, as a share of all that was made and paid: without their signs they add up to 1."""

    price: float
    funding: float
    fees: float
    borrow: float
    slippage: float


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """Results of some packages. Money is of all of them, ratios of those that have ended; None where not defined."""

    packages: int
    """Ended."""
    open_packages: int
    win_rate: float | None
    """Share that made more than nothing."""
    profit_factor: float | None
    """What the winners made over what the losers lost; None without a loser."""
    net_usd: Decimal
    price_usd: Decimal
    funding_usd: Decimal
    fees_usd: Decimal
    borrow_usd: Decimal
    slippage_usd: Decimal
    mean_holding_h: float | None
    realised_apr: float | None
    """Of all dollars and the time they were at work: a package counts by its size and its length."""
    expected_apr: float | None
    """So weighted too, over the packages of which it is known."""

    @property
    def shares(self) -> PnlShares | None:
        """Set each part beside all that was made and paid; None where nothing was."""
        parts_usd = (self.price_usd, self.funding_usd, -self.fees_usd, -self.borrow_usd, -self.slippage_usd)
        moved_usd = _total(map(abs, parts_usd))
        return PnlShares(*(float(part_usd / moved_usd) for part_usd in parts_usd)) if moved_usd else None


def results_by(results: Iterable[PackageResult], key: Callable[[PackageResult], str]) -> Mapping[str, ResultSummary]:
    """Sum results up by what `key` says of each (`strategy`, `asset`, `venue`), in the order of the names."""
    groups: defaultdict[str, list[PackageResult]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return {name: summary_of(groups[name]) for name in sorted(groups)}


def summary_of(results: Sequence[PackageResult]) -> ResultSummary:
    """Sum up results; without any, nothing was made and no ratio is defined."""
    ended = [result for result in results if result.closed_at is not None]
    nets_usd = [result.net_usd for result in ended]
    lost_usd = -_total(net_usd for net_usd in nets_usd if net_usd < 0)
    return ResultSummary(
        packages=len(ended),
        open_packages=len(results) - len(ended),
        win_rate=sum(net_usd > 0 for net_usd in nets_usd) / len(ended) if ended else None,
        profit_factor=float(_total(net_usd for net_usd in nets_usd if net_usd > 0) / lost_usd) if lost_usd else None,
        net_usd=_total(result.net_usd for result in results),
        price_usd=_total(result.price_usd for result in results),
        funding_usd=_total(result.funding_usd for result in results),
        fees_usd=_total(result.fees_usd for result in results),
        borrow_usd=_total(result.borrow_usd for result in results),
        slippage_usd=_total(result.slippage_usd for result in results),
        mean_holding_h=_mean_holding_h(ended),
        realised_apr=_weighted((result.realised_apr, result.exposure_years) for result in ended),
        expected_apr=_weighted((result.expected_apr, result.exposure_years) for result in ended),
    )


def _mean_holding_h(ended: Sequence[PackageResult]) -> float | None:
    held = [result.held for result in ended if result.held is not None]
    return sum(held, timedelta(0)) / len(held) / _HOUR if held else None


def _weighted(rates: Iterable[tuple[float | None, float]]) -> float | None:
    known = [(rate, weight) for rate, weight in rates if rate is not None and weight > 0]
    weights = sum(weight for _, weight in known)
    return sum(rate * weight for rate, weight in known) / weights if known else None


def _total(amounts_usd: Iterable[Decimal]) -> Decimal:
    return sum(amounts_usd, _ZERO)
