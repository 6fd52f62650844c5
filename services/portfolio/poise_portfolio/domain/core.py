"""The portfolio's core: what is told of fills, payments and markets in; the desk's state out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import (
    AccountReported,
    ContractSettled,
    DifferenceAcknowledged,
    FundingPaid,
    LegFilled,
    LongLegPassedOn,
    OrderSent,
)
from poise_common.contracts.market_data import CandleClosed, CandleHistory, FundingRate, OrderBook, Universe
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import CorrelationMatrix, PortfolioState
from poise_common.domain.ids import NewId
from poise_portfolio.domain.correlations.spikes import Spikes
from poise_portfolio.domain.correlations.windows import CorrelationWindows, DueMatrix
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.follower import STAGE, Follower
from poise_portfolio.domain.hindsight.hindsight import Hindsight
from poise_portfolio.domain.ledger.booking import Bookings
from poise_portfolio.domain.ledger.closure import residual_of
from poise_portfolio.domain.ledger.package_book import Outcome
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_portfolio.domain.phases.phases import Phases
from poise_portfolio.domain.rebalancing.rebalancer import Rebalancer
from poise_portfolio.domain.records import Account, Books, Candles, ComparedReport, Decision, Matrix
from poise_portfolio.domain.retention.retention import Retention
from poise_portfolio.domain.worth.days import Days
from poise_portfolio.domain.worth.marks import Marks
from poise_portfolio.domain.worth.statement import snapshot, statement

RESIDUAL_ALERT = "ledger_residual"


class PortfolioCore:
    """Keeps the book of record; single-threaded, without I/O."""

    def __init__(self, parameters: PortfolioParameters, new_id: NewId, books: Books) -> None:
        self._parameters = parameters
        self._new_id = new_id
        self._marks = Marks(parameters.usd_stablecoins, timedelta(seconds=parameters.book_mark_max_age_s))
        self._bookings = Bookings(books, self._marks)
        self._days = Days(books.day_start, books.high_water_mark)
        self._correlations = CorrelationWindows(parameters.correlations, books.closes)
        self._alerts = AlertBook(STAGE, new_id)
        self._spikes = Spikes(parameters.correlations.spikes, books.mean_correlations, self._alerts)
        self._view = DeskView(
            self._marks, self._bookings, self._correlations, timedelta(seconds=parameters.mark_wait_s)
        )
        self._followers: tuple[Follower, ...] = (
            Retention(parameters.retention),
            Hindsight(parameters.hindsight, books.hindsight, self._view),
            Phases(
                parameters.phases,
                books.phases,
                self._view,
                new_id,
                risk_free_rate=parameters.performance.risk_free_rate,
            ),
            Rebalancer(parameters.rebalancing, books.rebalancing, self._view, new_id),
        )
        self._published_at: datetime | None = None
        self._snapshot_at: datetime | None = None
        self._feeds: Mapping[type[Message], Callable[[Any], None]] = {
            OrderBook: self._marks.take_book,
            FundingRate: self._marks.take_funding,
            Universe: self._take_universe,
        }
        self._candles: Mapping[type[Message], Callable[[Any, datetime], None]] = {
            CandleClosed: self._correlations.take_closed,
            CandleHistory: self._correlations.take_history,
        }
        packages = self._bookings.packages
        self._quiet_changes: Mapping[type[Message], Callable[[Any], Sequence[object]]] = {
            PackageDecided: lambda decided: (Decision(decided),),
            OrderSent: packages.sent,
        }
        self._told_changes: Mapping[type[Message], Callable[[Any, datetime], Sequence[object]]] = {
            LegFilled: self._bookings.fill,
            FundingPaid: self._bookings.pay,
            ContractSettled: self._bookings.settle,
            LongLegPassedOn: lambda message, _: packages.passed_on(message),
            DifferenceAcknowledged: self._acknowledge,
            **{outcome: lambda message, _: packages.settled(message) for outcome in get_args(Outcome)},
        }

    def start(self, now: datetime) -> Sequence[Output]:
        """Take up the alerts that lasted when the service stopped."""
        self._view.start(now)
        alerting = [account for account in self._bookings.ledger.accounts.values() if account.is_alerting]
        alerts = [
            publish
            for account in alerting
            for publish in self._watch_residual(account.venue, account.residual_usd, now, firing=True)
        ]
        alerts += self._spikes.start(now)
        return [*alerts, *(output for follower in self._followers for output in follower.start(now))]

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message; what the portfolio has no use for changes nothing."""
        booked = self._take(message, now)
        return [*booked, *(output for follower in self._followers for output in follower.told(message, now))]

    def _take(self, message: Message, now: datetime) -> Sequence[Output]:
        kind = type(message)
        if take := self._feeds.get(kind):
            take(message)
        elif gather := self._candles.get(kind):
            gather(message, now)
        elif change := self._quiet_changes.get(kind):
            return [Store(record) for record in change(message)]
        elif book := self._told_changes.get(kind):
            return self._told(book(message, now), message, now)
        elif isinstance(message, AccountReported):
            return self._take_report(message, now)
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Publish the state at its interval and matrices when due; write what has gathered."""
        outputs: list[Output] = []
        if rows := self._correlations.rows_to_store():
            outputs.append(Store(Candles(rows)))
        for due in self._correlations.due(now):
            outputs += self._matrix(due, now)
        if self._is_past(self._published_at, self._parameters.state_interval_s, now):
            self._bookings.packages.forget_closed_before(now - timedelta(hours=self._parameters.closed_packages_kept_h))
            outputs += self._state(now, None)
        for follower in self._followers:
            outputs += follower.tick(now)
        return outputs

    def _take_universe(self, universe: Universe) -> None:
        self._view.universe = universe
        self._bookings.packages.take_tiers({asset.asset: asset.tier for asset in universe.assets})

    def _take_report(self, report: AccountReported, now: datetime) -> Sequence[Output]:
        ledger = self._bookings.ledger
        if ledger.has_read(report) or (report.venue not in ledger.accounts and not report.opening):
            return ()
        if report.venue not in ledger.accounts:
            return self._told([ComparedReport(report, Decimal(0)), *self._open_account(report, now)], report, now)
        aligned = ledger.align(report)
        residual_usd = residual_of(ledger, report, self._marks, now)
        valuation = self._view.valuation(now)
        is_alerting = self._parameters.residual_alert.is_beyond(residual_usd, valuation.equity_usd)
        account = ledger.compared(report, residual_usd, is_alerting=is_alerting)
        alerts = self._watch_residual(report.venue, residual_usd, now, firing=is_alerting)
        return [*alerts, *self._told([ComparedReport(report, residual_usd), account, *aligned], report, now)]

    def _open_account(self, report: AccountReported, now: datetime) -> Sequence[object]:
        """Open an account; what one brings to a desk that is measured already is no gain."""
        before = self._view.valuation(now)
        equity_usd, asset_pnl_usd = before.equity_usd, before.asset_pnl_usd
        opened = self._bookings.ledger.open(report)
        if not self._days.have_begun:
            return opened
        brought_usd = self._view.valuation(now).equity_usd - equity_usd
        account = self._bookings.brought(report.venue, brought_usd)
        changes = [account if isinstance(change, Account) else change for change in opened]
        return [*changes, *self._days.transferred(brought_usd, equity_usd, asset_pnl_usd)]

    def _acknowledge(self, news: DifferenceAcknowledged, now: datetime) -> Sequence[object]:
        """Follow a venue's account; what was brought in or taken out is moved into where gains are measured from."""
        before = self._view.valuation(now)
        equity_usd, asset_pnl_usd = before.equity_usd, before.asset_pnl_usd
        changes, external = self._bookings.acknowledge(news, self._parameters.residual_alert.above_usd, now)
        return [*changes, *self._days.transferred(external.transfer_usd, equity_usd, asset_pnl_usd)]

    def _told(self, changes: Sequence[object], cause: Message, now: datetime) -> list[Output]:
        """Store what a message changed and tell the desk's state anew; a repeated message changed nothing."""
        if not changes:
            return []
        return [*(Store(change) for change in changes), *self._state(now, cause)]

    def _state(self, now: datetime, cause: Message | None) -> list[Output]:
        if not self._view.may_be_valued(now):
            return []
        valuation = self._view.valuation(now)
        is_open = self._view.is_open
        outputs: list[Output] = []
        if is_open:
            news = self._days.turn(now, valuation.equity_usd, valuation.asset_results)
            outputs += [Store(new) for new in news]
            if self._is_past(self._snapshot_at, self._parameters.snapshot_interval_s, now):
                self._snapshot_at = now
                outputs.append(Store(snapshot(valuation, self._bookings.external)))
        fields = statement(valuation, self._days, self._bookings.external, ledger_open=is_open)
        self._published_at = now
        if cause is None:
            state = PortfolioState.first(self._new_id(now), STAGE, now, **fields)
        else:
            state = PortfolioState.caused_by(cause, STAGE, now, **fields)
        return [*outputs, Publish(state)]

    def _matrix(self, due: DueMatrix, now: datetime) -> list[Output]:
        matrix = CorrelationMatrix.first(self._new_id(now), STAGE, now, **due.fields)
        alerts = self._spikes.take(matrix, now)
        outputs: list[Output] = [*alerts, Publish(matrix)]
        if due.is_to_be_stored or alerts:
            keep_since = now - timedelta(days=self._parameters.correlations.keep_days)
            outputs.append(Store(Matrix(matrix, keep_since, self._spikes.is_spike(matrix.window))))
        return outputs

    def _watch_residual(self, venue: str, residual_usd: Decimal, now: datetime, *, firing: bool) -> Sequence[Output]:
        text = f"{venue} differs from the ledger by ${residual_usd:.2f} that no fill, fee or funding explains"
        return self._alerts.watch(RESIDUAL_ALERT, venue, firing=firing, severity=Severity.CRITICAL, text=text, now=now)

    def _is_past(self, last: datetime | None, interval_s: float, now: datetime) -> bool:
        return last is None or now - last >= timedelta(seconds=interval_s)
