"""What each service's repository would read back of the records its core has stored, for a restart without a database.

Of records with one key the last one counts, as in the tables. What a repository leaves behind for its age is kept here:
a core must not need it, but may have it.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from poise_common.contracts.market_data import CandleInterval
from poise_execution.domain.accounts import AccountOpened, AccountStanding, IncomeSeen
from poise_execution.domain.mandates import Mandate
from poise_execution.domain.orders import Fill, Order
from poise_execution.domain.packages import Package as ExecutedPackage
from poise_execution.domain.reconciliation.holdings import Holding
from poise_execution.domain.reconciliation.locks import Lock
from poise_execution.domain.state import ExecutionState
from poise_portfolio.domain import records as portfolio
from poise_portfolio.domain.hindsight.records import FundingPrediction, HindsightBooks, RefusedPackage
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.external import NOTHING_EXTERNAL, External
from poise_portfolio.domain.ledger.packages import AssetTotals, Dust
from poise_portfolio.domain.ledger.packages import Package as BookedPackage
from poise_portfolio.domain.phases.records import PhaseBooks
from poise_portfolio.domain.rebalancing.records import RebalancingBooks
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.records import ApprovalRecord, DecisionRecord, LosingDay, Restored
from poise_risk.domain.rules.changes import LimitChange
from poise_risk.domain.watch.mode import ModeChange
from poise_signals.domain.packages.book import PackageRecord

Kind = TypeVar("Kind")

_EXECUTED = (
    Mandate,
    ExecutedPackage,
    Order,
    Fill,
    IncomeSeen,
    AccountOpened,
    Holding,
    AccountStanding,
    Lock,
)


def restored_signals(records: Iterable[object]) -> tuple[PackageRecord, ...]:
    """Read what is under way or held, and each slot's last ended package."""
    packages = {record.package_id: record for record in _of(PackageRecord, records)}.values()
    ended = {
        record.slot: record
        for record in sorted(packages, key=lambda record: record.updated_at)
        if not record.is_active and not record.opened_by_others
    }
    return (*(record for record in packages if record.is_active), *ended.values())


def restored_risk(records: Sequence[object]) -> Restored:
    """Read the mode, what is reserved, held or waits, approvals without an outcome, lost days, limits, decisions."""
    modes = _of(ModeChange, records)
    commitments = {record.package_id: record for record in _of(Commitment, records)}
    approvals = {record.approval.approval_id: record for record in _of(ApprovalRecord, records)}
    days = {(record.day, record.asset): record for record in _of(LosingDay, records)}
    waiting = {record.request.id: record for record in _of(WaitingRequest, records)}
    return Restored(
        mode=max(modes, key=lambda change: change.sequence, default=None),
        commitments=tuple(record for record in commitments.values() if record.status is not CommitmentStatus.RELEASED),
        unsettled=tuple(record for record in approvals.values() if record.outcome is None),
        losing_days=tuple(sorted(days.values(), key=lambda day: day.day)),
        waiting=tuple(record for record in waiting.values() if record.ended_at is None),
        limit_changes=tuple({record.change_id: record for record in _of(LimitChange, records)}.values()),
        decided_requests={
            record.decided.request_id: record.decided.decided_at for record in _of(DecisionRecord, records)
        },
    )


def restored_execution(records: Iterable[object]) -> ExecutionState:
    """Read all that execution keeps."""
    state = ExecutionState()
    for record in records:
        if isinstance(record, _EXECUTED):
            state.put(record)
    return state


def restored_portfolio(records: Sequence[object]) -> portfolio.Books:
    """Read the books."""
    fills = [record.fill for record in _of(portfolio.BookedFill, records)]
    payments = [record.payment for record in _of(portfolio.BookedFunding, records)]
    cash = {(record.venue, record.wallet, record.currency): record for record in _of(portfolio.Cash, records)}
    positions = {(record.venue, record.symbol): record for record in _of(portfolio.HeldPosition, records)}
    day_starts = {record.day: record for record in _of(portfolio.DayStart, records)}
    accounts = tuple({record.venue: record for record in _of(portfolio.Account, records)}.values())
    acknowledged = _of(portfolio.Acknowledged, records)
    marks = _of(portfolio.HighWaterMark, records)
    return portfolio.Books(
        cash=tuple(cash.values()),
        positions=tuple(positions.values()),
        accounts=accounts,
        packages=tuple({record.package_id: record for record in _of(BookedPackage, records)}.values()),
        totals=tuple({record.asset: record for record in _of(AssetTotals, records)}.values()),
        dust=tuple({(record.venue, record.symbol): record for record in _of(Dust, records)}.values()),
        coins=tuple({(record.venue, record.currency): record for record in _of(SettledCoin, records)}.values()),
        trades=frozenset(portfolio.TradeKey(fill.venue, fill.symbol, fill.trade_id, fill.side) for fill in fills),
        incomes=frozenset(portfolio.IncomeKey(paid.venue, paid.symbol, paid.income_id) for paid in payments),
        traded_prices={
            (fill.venue, fill.symbol): fill.price for fill in sorted(fills, key=lambda fill: fill.filled_at)
        },
        acknowledged_locks=frozenset(each.news.lock_id for each in acknowledged),
        external=sum(
            (*(each.external for each in acknowledged), *(External(each.brought_usd) for each in accounts)),
            NOTHING_EXTERNAL,
        ),
        day_start=max(day_starts.values(), key=lambda start: start.day, default=None),
        high_water_mark=marks[-1] if marks else None,
        closes=_closes(records),
        mean_correlations=_mean_correlations(_of(portfolio.Matrix, records)),
        hindsight=HindsightBooks.of(_of(RefusedPackage, records), _of(FundingPrediction, records)),
        phases=PhaseBooks.of(records),
        rebalancing=RebalancingBooks.of(records),
    )


def _mean_correlations(records: Iterable[portfolio.Matrix]) -> tuple[portfolio.MeanCorrelation, ...]:
    matrices = {(record.matrix.as_of, record.matrix.window): record for record in records}
    return tuple(
        portfolio.MeanCorrelation(window, as_of, record.matrix.mean_rho, record.is_spike)
        for (as_of, window), record in sorted(matrices.items(), key=lambda item: item[0])
        if record.matrix.mean_rho is not None
    )


def _closes(records: Iterable[object]) -> tuple[portfolio.CloseSeries, ...]:
    series: dict[tuple[str, str, str, str], dict[int, float]] = {}
    for candles in _of(portfolio.Candles, records):
        for row in candles.rows:
            series.setdefault((row.venue, row.symbol, row.asset, row.interval), {})[row.opened_at_ms] = row.close
    return tuple(
        portfolio.CloseSeries(
            venue,
            symbol,
            asset,
            CandleInterval(interval),
            tuple(sorted(closes)),
            tuple(closes[at] for at in sorted(closes)),
        )
        for (venue, symbol, asset, interval), closes in series.items()
    )


def _of(kind: type[Kind], records: Iterable[object]) -> list[Kind]:
    return [record for record in records if isinstance(record, kind)]
