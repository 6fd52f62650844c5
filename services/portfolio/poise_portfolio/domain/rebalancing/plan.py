"""What the desk holds against what a model wants: the trades that follow, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import Side
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.rebalancing.parameters import Bands, RebalancerParameters
from poise_portfolio.domain.rebalancing.records import CapitalLine, Trade, WeightLine
from poise_portfolio.domain.rebalancing.situation import Situation
from poise_portfolio.domain.rebalancing.venue_capital import capital_lines
from poise_portfolio.domain.rebalancing.wishes import Wishes, wishes_of


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted and what is traded for it: sells come first."""

    model: str
    equity_usd: Decimal
    capital_usd: Decimal
    weights: tuple[WeightLine, ...]
    capital: tuple[CapitalLine, ...]
    trades: tuple[Trade, ...]

    @property
    def is_informed(self) -> bool:
        """Say whether the model had anything to go by."""
        return any(line.target_usd is not None for line in self.weights)

    @property
    def largest_trade_usd(self) -> Decimal:
        return max((abs(line.trade_usd) for line in self.weights), default=ZERO)


def planned(situation: Situation, parameters: RebalancerParameters) -> Plan:
    """Plan a trade for each asset that is further from its target than its band."""
    wishes = wishes_of(situation, parameters)
    lines = list(_lines(situation, wishes, parameters))
    trades = sorted((trade for _, found in lines for trade in found), key=lambda trade: trade.side is Side.BUY)
    return Plan(
        model=parameters.models.model.value,
        equity_usd=situation.equity_usd,
        capital_usd=wishes.capital_usd,
        weights=tuple(line for line, _ in lines),
        capital=capital_lines(situation.accounts, situation.equity_usd, parameters.capital),
        trades=tuple(replace(trade, number=number) for number, trade in enumerate(trades, start=1)),
    )


_Planned = tuple[WeightLine, Sequence[Trade]]


def _lines(situation: Situation, wishes: Wishes, parameters: RebalancerParameters) -> Iterator[_Planned]:
    bands, model = parameters.bands, parameters.models.model.value
    held = situation.held_usd()
    for asset in sorted(held.keys() | wishes.targets_usd.keys()):
        held_usd, why = held.get(asset, ZERO), wishes.reasons.get(asset, "")
        if asset not in wishes.targets_usd:
            yield WeightLine(asset, held_usd, None, ZERO, f"left as it is: {why}"), ()
            continue
        line = WeightLine(asset, held_usd, wishes.targets_usd[asset], ZERO, why)
        width_usd = bands.width_usd(model, wishes.targets_usd[asset], situation.equity_usd)
        off_usd = held_usd - wishes.targets_usd[asset]
        if abs(off_usd) <= width_usd:
            yield replace(line, reason=f"within its band of ${width_usd:,.0f} ({why})"), ()
        elif off_usd > 0:
            packages = [package for package in situation.packages if package.asset == asset]
            yield _sold(line, packages, off_usd, bands)
        else:
            yield _bought(line, situation, -off_usd, bands)


def _sold(line: WeightLine, packages: Sequence[HeldPackage], excess_usd: Decimal, bands: Bands) -> _Planned:
    """Cut the largest packages first: that takes the fewest orders."""
    trades: list[Trade] = []
    cuttable = [package for package in packages if package.state is PackageState.OPEN and package.exposure_usd]
    for package in sorted(cuttable, key=lambda each: (-each.exposure_usd, each.package_id)):
        cut_usd = min(excess_usd, package.exposure_usd)
        if package.exposure_usd - cut_usd < bands.min_trade_usd:
            cut_usd = package.exposure_usd
        if cut_usd < bands.min_trade_usd and line.target_usd:
            break
        goal_usd = package.exposure_usd - cut_usd
        sell = Trade(0, Side.SELL, line.asset, goal_usd, cut_usd, line.reason)
        trades.append(replace(sell, strategy=package.strategy, package_id=package.package_id))
        excess_usd -= cut_usd
        if excess_usd <= 0:
            break
    if not trades:
        return replace(line, reason=f"left as it is: {_why_not_sold(packages, cuttable, bands)}"), ()
    sold_usd = min(sum((trade.planned_usd for trade in trades), ZERO), line.held_usd)
    return replace(line, trade_usd=-sold_usd), trades


def _why_not_sold(packages: Sequence[HeldPackage], cuttable: Sequence[HeldPackage], bands: Bands) -> str:
    if cuttable:
        return f"less than ${bands.min_trade_usd:,.0f} to sell"
    return f"its packages are {', '.join(sorted({package.state.value for package in packages}))}"


def _bought(line: WeightLine, situation: Situation, missing_usd: Decimal, bands: Bands) -> _Planned:
    if missing_usd < bands.min_trade_usd:
        return replace(line, reason=f"left as it is: less than ${bands.min_trade_usd:,.0f} to buy"), ()
    candidate = situation.candidates.best(line.asset, situation.now)
    if isinstance(candidate, str):
        return replace(line, reason=f"not bought: {candidate}"), ()
    buy = Trade(0, Side.BUY, line.asset, line.target_usd or ZERO, missing_usd, line.reason)
    return replace(line, trade_usd=missing_usd), (replace(buy, strategy=candidate.strategy),)
