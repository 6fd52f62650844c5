"""How equity and each asset's result went from a moment on."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from poise_common.contracts.state import PortfolioState

_ZERO = Decimal(0)
_PER_CENT = Decimal(100)


class Course:
    """Follow the portfolio's states; losses are positive, in percent, and count where they were largest."""

    def __init__(self) -> None:
        self._start_usd: Decimal | None = None
        self._peak_usd = _ZERO
        self._lowest_usd = _ZERO
        self._external_usd = _ZERO
        self._drawdown_pct = _ZERO
        self._day: date | None = None
        self._today_usd: dict[str, Decimal] = {}
        self._assets_usd: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._lowest_asset_usd: defaultdict[str, Decimal] = defaultdict(Decimal)

    def take(self, portfolio: PortfolioState) -> None:
        """Take in a state; before the ledger is open it says nothing about worth.

        What came from outside since is neither gained nor lost, and is counted from as if it had been there.
        """
        if not portfolio.ledger_open:
            return
        equity_usd = portfolio.equity_usd
        self._follow_assets(portfolio)
        if self._start_usd is None:
            self._start_usd = self._peak_usd = self._lowest_usd = equity_usd
        else:
            came_usd = portfolio.external_usd - self._external_usd
            self._start_usd, self._peak_usd, self._lowest_usd = (
                before_usd + came_usd for before_usd in (self._start_usd, self._peak_usd, self._lowest_usd)
            )
        self._external_usd = portfolio.external_usd
        self._peak_usd = max(self._peak_usd, equity_usd)
        self._lowest_usd = min(self._lowest_usd, equity_usd)
        self._drawdown_pct = max(self._drawdown_pct, _share_pct(self._peak_usd - equity_usd, self._peak_usd))

    @property
    def max_drawdown_pct(self) -> Decimal:
        """From the highest equity before it."""
        return self._drawdown_pct

    @property
    def loss_pct(self) -> Decimal:
        """From the equity at the start."""
        return _share_pct(self._start - self._lowest_usd, self._start)

    @property
    def worst_asset_loss_pct(self) -> Decimal:
        """Of the equity at the start, by one asset's packages."""
        return _share_pct(-min(self._lowest_asset_usd.values(), default=_ZERO), self._start)

    def asset_loss_pct(self, asset: str) -> Decimal:
        """Of the equity at the start, by one asset's packages."""
        return _share_pct(-self._lowest_asset_usd.get(asset, _ZERO), self._start)

    @property
    def _start(self) -> Decimal:
        return _ZERO if self._start_usd is None else self._start_usd

    def _follow_assets(self, portfolio: PortfolioState) -> None:
        """Add up what each asset's result changed by; `pnl_today_usd` starts at nothing with each UTC day."""
        today_usd = {each.asset: each.pnl_today_usd for each in portfolio.deltas}
        if self._day is not None:
            before_usd = self._today_usd if self._day == portfolio.as_of.date() else {}
            for asset in today_usd.keys() | before_usd.keys():
                self._assets_usd[asset] += today_usd.get(asset, _ZERO) - before_usd.get(asset, _ZERO)
                self._lowest_asset_usd[asset] = min(self._lowest_asset_usd[asset], self._assets_usd[asset])
        self._day, self._today_usd = portfolio.as_of.date(), today_usd


def _share_pct(part: Decimal, whole: Decimal) -> Decimal:
    return _PER_CENT * part / whole if whole > 0 else _ZERO
