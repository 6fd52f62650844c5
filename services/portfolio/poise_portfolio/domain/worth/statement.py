"""The desk's figures as they are told to others."""

from decimal import Decimal
from typing import Any

from poise_common.contracts.state import AssetDelta
from poise_portfolio.domain.ledger.external import External
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.records import EquitySnapshot
from poise_portfolio.domain.worth.days import Days
from poise_portfolio.domain.worth.results import total_of
from poise_portfolio.domain.worth.sensitivities import Sensitivity
from poise_portfolio.domain.worth.valuation import Valuation

_UNMOVED = Sensitivity(ZERO, ZERO, ZERO)


def statement(valuation: Valuation, days: Days, external: External, *, ledger_open: bool) -> dict[str, Any]:
    """Return the fields of a `PortfolioState`, all but its envelope."""
    packages = valuation.packages
    deltas = _deltas(valuation, days)
    totals = valuation.book.totals.values()
    return {
        "as_of": valuation.now,
        "ledger_open": ledger_open,
        "equity_usd": valuation.equity_usd,
        "day_start_equity_usd": days.day_start_equity_usd,
        "high_water_mark_usd": days.high_water_mark_usd,
        "realised_pnl_usd": sum((asset.realised_pnl_usd for asset in totals), ZERO),
        "unrealised_pnl_usd": sum(valuation.unrealised_pnl_usd.values(), ZERO),
        "funding_usd": sum((asset.funding_usd for asset in totals), ZERO),
        "fees_usd": sum((asset.fees_usd for asset in totals), ZERO),
        "external_usd": external.total_usd,
        "exposure_usd": sum((package.exposure_usd for package in packages), ZERO),
        "net_delta_usd": sum((asset.delta_usd for asset in deltas), ZERO),
        "net_gamma_usd": sum((asset.gamma_usd for asset in deltas), ZERO),
        "result": total_of(tuple(valuation.asset_results.values())),
        "ledger_residual_usd": residual_usd(valuation),
        "fills": valuation.ledger.fills,
        "packages": packages,
        "deltas": deltas,
        "accounts": valuation.accounts,
        "track_records": valuation.book.track_records,
    }


def snapshot(valuation: Valuation, external: External) -> EquitySnapshot:
    """Return the figures that make the equity curve."""
    totals = valuation.book.totals.values()
    sensitivities = valuation.sensitivities.values()
    return EquitySnapshot(
        as_of=valuation.now,
        equity_usd=valuation.equity_usd,
        realised_pnl_usd=sum((asset.realised_pnl_usd for asset in totals), ZERO),
        unrealised_pnl_usd=sum(valuation.unrealised_pnl_usd.values(), ZERO),
        funding_usd=sum((asset.funding_usd for asset in totals), ZERO),
        fees_usd=sum((asset.fees_usd for asset in totals), ZERO),
        borrow_usd=sum((asset.borrow_usd for asset in totals), ZERO),
        slippage_usd=sum((asset.slippage_usd for asset in totals), ZERO),
        exposure_usd=sum((package.exposure_usd for package in valuation.packages), ZERO),
        net_delta_usd=sum((asset.delta_usd for asset in sensitivities), ZERO),
        net_gamma_usd=sum((asset.gamma_usd for asset in sensitivities), ZERO),
        ledger_residual_usd=residual_usd(valuation),
        external_usd=external.total_usd,
    )


def residual_usd(valuation: Valuation) -> Decimal:
    """Sum what is unexplained over all accounts; unsigned, so that none hides another."""
    return sum((account.ledger_residual_usd for account in valuation.accounts), ZERO)


def _deltas(valuation: Valuation, days: Days) -> tuple[AssetDelta, ...]:
    deltas = []
    for asset, result in valuation.asset_results.items():
        of_price = valuation.sensitivities.get(asset, _UNMOVED)
        pnl_today_usd = days.pnl_today_usd(asset, result.net_usd)
        if any(of_price) or pnl_today_usd:
            deltas.append(
                AssetDelta(asset=asset, **of_price._asdict(), pnl_today_usd=pnl_today_usd, result=result),
            )
    return tuple(deltas)
