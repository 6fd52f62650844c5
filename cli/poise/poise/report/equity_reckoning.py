"""From snapshots to the desk's result: the curve, its figures, and what the result is made of."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np

from poise.report.book.equity import Acknowledgement, EquityHistory, Snapshot
from poise.report.period import Period
from poise.report.period_report import Equity, Part, PartOfPnl, Worth
from poise_portfolio.domain.performance.curve import EquityCurve
from poise_portfolio.domain.performance.drawdown import drawdowns
from poise_portfolio.domain.performance.metrics import metrics_of

_ZERO = Decimal(0)


def reckon_equity(history: EquityHistory, period: Period, risk_free_rate: float) -> Equity | None:
    """Reckon the desk's result; None where the book has nothing of the period."""
    snapshots = _of_period(history, period)
    if not history.snapshots:
        return None
    transfers_usd = list(_transfers_usd(snapshots, history.acknowledgements))
    curve = EquityCurve(
        tuple(each.as_of for each in snapshots),
        np.array([float(each.equity_usd) for each in snapshots]),
        np.array([float(each) for each in transfers_usd]),
    )
    first, last = snapshots[0], snapshots[-1]
    transferred_usd = transfers_usd[-1] - transfers_usd[0]
    net_usd = last.equity_usd - first.equity_usd - transferred_usd
    depths = drawdowns(curve.growth()).tolist()
    return Equity(
        start_at=first.as_of,
        end_at=last.as_of,
        start_usd=first.equity_usd,
        end_usd=last.equity_usd,
        transfers_usd=transferred_usd,
        net_usd=net_usd,
        parts=tuple(_parts(first, last, transferred_usd, net_usd)),
        exposure_usd=last.exposure_usd,
        unrealised_usd=last.unrealised_pnl_usd,
        residual_usd=last.ledger_residual_usd,
        risk_free_rate=risk_free_rate,
        metrics=metrics_of(curve, risk_free_rate),
        curve=tuple(
            Worth(at=each.as_of, equity_usd=each.equity_usd, drawdown=depth)
            for each, depth in zip(snapshots, depths, strict=True)
        ),
    )


def _of_period(history: EquityHistory, period: Period) -> Sequence[Snapshot]:
    """Begin with what was known when the period did, so that what changed since the last snapshot before it counts."""
    if history.before is None or (history.snapshots and history.snapshots[0].as_of == period.since):
        return history.snapshots
    return (history.before.model_copy(update={"as_of": period.since}), *history.snapshots)


def _transfers_usd(snapshots: Sequence[Snapshot], acknowledgements: Sequence[Acknowledgement]) -> Iterator[Decimal]:
    """Yield what was brought in by each snapshot since the desk began.

    An acknowledgement is booked some time after a person gave it: it counts from the snapshot on whose external sum
    has it, or the equity would seem to jump and fall back.
    """
    pending = list(acknowledgements)
    transfers_usd = external_usd = _ZERO
    for snapshot in snapshots:
        while pending and external_usd != snapshot.external_usd and pending[0].at <= snapshot.as_of:
            booked = pending.pop(0)
            transfers_usd += booked.transfer_usd
            external_usd += booked.transfer_usd + booked.result_usd
        yield transfers_usd


def _parts(first: Snapshot, last: Snapshot, transferred_usd: Decimal, net_usd: Decimal) -> Iterator[PartOfPnl]:
    slippage_usd = last.slippage_usd - first.slippage_usd
    traded_usd = _priced_usd(last) - _priced_usd(first)
    parts = {
        Part.PRICE: traded_usd + slippage_usd,
        Part.FUNDING: last.funding_usd - first.funding_usd,
        Part.SLIPPAGE: -slippage_usd,
        Part.FEES: first.fees_usd - last.fees_usd,
        Part.BORROW: first.borrow_usd - last.borrow_usd,
        Part.FOREIGN: last.external_usd - first.external_usd - transferred_usd,
    }
    parts[Part.OTHER] = net_usd - sum(parts.values(), _ZERO)
    yield from (PartOfPnl(part=part, usd=usd) for part, usd in parts.items())


def _priced_usd(snapshot: Snapshot) -> Decimal:
    """Return what prices have made, slippage in it."""
    return snapshot.realised_pnl_usd + snapshot.unrealised_pnl_usd
