"""What records add up to, as the database would give it back after a restart."""

from collections.abc import Iterable
from typing import Any

from poise_common.contracts.market_data import CandleInterval
from poise_portfolio.domain.hindsight.records import FundingPrediction, HindsightBooks, RefusedPackage
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.external import NOTHING_EXTERNAL
from poise_portfolio.domain.ledger.packages import AssetTotals, Dust, Package
from poise_portfolio.domain.phases.records import PhaseBooks
from poise_portfolio.domain.rebalancing.records import RebalancingBooks
from poise_portfolio.domain.records import (
    Account,
    Acknowledged,
    BookedFill,
    BookedFunding,
    Books,
    CandleRow,
    Candles,
    Cash,
    CloseSeries,
    DayStart,
    HeldPosition,
    HighWaterMark,
    IncomeKey,
    Matrix,
    MeanCorrelation,
    TradeKey,
)


def books_of(records: Iterable[object]) -> Books:
    """Keep the last record of each key."""
    known = list(records)
    fills = [record.fill for record in known if isinstance(record, BookedFill)]
    payments = [record.payment for record in known if isinstance(record, BookedFunding)]
    return Books(
        cash=_last(known, Cash, "venue", "wallet", "currency"),
        positions=_last(known, HeldPosition, "venue", "symbol"),
        accounts=_last(known, Account, "venue"),
        packages=_last(known, Package, "package_id"),
        totals=_last(known, AssetTotals, "asset"),
        dust=_last(known, Dust, "venue", "symbol"),
        coins=_last(known, SettledCoin, "venue", "currency"),
        trades=frozenset(TradeKey(fill.venue, fill.symbol, fill.trade_id, fill.side) for fill in fills),
        incomes=frozenset(IncomeKey(paid.venue, paid.symbol, paid.income_id) for paid in payments),
        traded_prices={(fill.venue, fill.symbol): fill.price for fill in fills},
        acknowledged_locks=frozenset(each.news.lock_id for each in known if isinstance(each, Acknowledged)),
        external=sum((each.external for each in known if isinstance(each, Acknowledged)), NOTHING_EXTERNAL),
        day_start=next(iter(_last(known, DayStart)), None),
        high_water_mark=next(iter(_last(known, HighWaterMark)), None),
        closes=_closes(row for record in known if isinstance(record, Candles) for row in record.rows),
        mean_correlations=_means(record for record in known if isinstance(record, Matrix)),
        hindsight=HindsightBooks.of(
            (record for record in known if isinstance(record, RefusedPackage)),
            (record for record in known if isinstance(record, FundingPrediction)),
        ),
        phases=PhaseBooks.of(known),
        rebalancing=RebalancingBooks.of(known),
    )


def _last(records: list[object], kind: type[Any], *key: str) -> tuple[Any, ...]:
    found = {tuple(getattr(record, field) for field in key): record for record in records if isinstance(record, kind)}
    return tuple(found.values())


def _means(records: Iterable[Matrix]) -> tuple[MeanCorrelation, ...]:
    matrices = {(record.matrix.as_of, record.matrix.window): record for record in records}
    return tuple(
        MeanCorrelation(window, as_of, record.matrix.mean_rho, record.is_spike)
        for (as_of, window), record in sorted(matrices.items(), key=lambda item: item[0])
        if record.matrix.mean_rho is not None
    )


def _closes(rows: Iterable[CandleRow]) -> tuple[CloseSeries, ...]:
    series: dict[tuple[str, str, str, str], dict[int, float]] = {}
    for row in rows:
        series.setdefault(row[:4], {})[row.opened_at_ms] = row.close
    return tuple(
        CloseSeries(
            venue,
            symbol,
            asset,
            CandleInterval(interval),
            tuple(sorted(closes)),
            tuple(closes[at] for at in sorted(closes)),
        )
        for (venue, symbol, asset, interval), closes in series.items()
    )
