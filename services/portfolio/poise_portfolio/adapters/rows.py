"""From records to rows."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Table

from poise_common.contracts.state import ResultSplit
from poise_portfolio.adapters import hindsight_rows, history_tables, ledger_tables, phases_rows, rebalancing_rows
from poise_portfolio.domain.ledger.coins import SettledCoin
from poise_portfolio.domain.ledger.packages import AssetTotals, Dust, Package
from poise_portfolio.domain.ledger.positions import Position
from poise_portfolio.domain.records import (
    Account,
    Acknowledged,
    BookedFill,
    BookedFunding,
    Cash,
    ComparedReport,
    DayStart,
    Decision,
    EquitySnapshot,
    HeldPosition,
    HighWaterMark,
    Matrix,
)

Row = tuple[Table, dict[str, Any]]


def rows_of(record: object) -> Iterator[Row]:
    """Write a record as the rows it stands for; those that others refer to come first."""
    return _ROWS[type(record)](record)


def _package(package: Package) -> Iterator[Row]:
    yield (
        ledger_tables.packages,
        {
            "package_id": package.package_id,
            "strategy": package.strategy,
            "asset": package.asset,
            "tier": package.tier,
            "hedge_ratio": package.hedge_ratio,
            "state": package.state.value,
            "opened_at": package.opened_at,
            "closed_at": package.closed_at,
            "last_fill_at": package.last_fill_at,
            "realised_pnl_usd": package.realised_pnl_usd,
            "funding_usd": package.funding_usd,
            "fees_usd": package.fees_usd,
            "borrow_usd": package.borrow_usd,
            "slippage_usd": package.slippage_usd,
            "settled_approvals": sorted(package.settled_approvals),
            "settled_at": package.settled_at,
            "halted_approval": package.halted_approval,
            "rolled_from": package.rolled_from,
        },
    )
    for leg in package.legs:
        yield (
            ledger_tables.package_legs,
            {
                "package_id": package.package_id,
                "role": leg.role.value,
                "venue": leg.venue,
                "symbol": leg.symbol,
                **_position(leg.position),
                "peak_quantity": leg.peak_quantity,
            },
        )


def _fill(booked: BookedFill) -> Iterator[Row]:
    fill = booked.fill
    yield (
        ledger_tables.fills,
        {
            "venue": fill.venue,
            "symbol": fill.symbol,
            "trade_id": fill.trade_id,
            "package_id": fill.package_id,
            "approval_id": fill.approval_id,
            "strategy": fill.strategy,
            "asset": fill.asset,
            "action": fill.action.value,
            "role": fill.role.value,
            "purpose": fill.purpose.value,
            "side": fill.side.value,
            "client_order_id": fill.client_order_id,
            "order_id": fill.order_id,
            "quantity": fill.quantity,
            "price": fill.price,
            "decision_price": fill.decision_price,
            "fee": fill.fee,
            "fee_currency": fill.fee_currency,
            "fee_usd": booked.fee_usd,
            "realised_pnl_usd": booked.realised_pnl_usd,
            "slippage_usd": booked.slippage_usd,
            "filled_at": fill.filled_at,
        },
    )


def _funding(booked: BookedFunding) -> Iterator[Row]:
    payment = booked.payment
    key = {"venue": payment.venue, "symbol": payment.symbol, "income_id": payment.income_id}
    yield (
        ledger_tables.funding_payments,
        {
            **key,
            "asset": payment.asset,
            "amount": payment.amount,
            "currency": payment.currency,
            "amount_usd": booked.amount_usd,
            "paid_at": payment.paid_at,
        },
    )
    for package_id, amount_usd in booked.shares_usd.items():
        yield ledger_tables.funding_shares, {**key, "package_id": package_id, "amount_usd": amount_usd}


def _cash(cash: Cash) -> Iterator[Row]:
    yield (
        ledger_tables.cash_balances,
        {"venue": cash.venue, "wallet": cash.wallet, "currency": cash.currency, "total": cash.total},
    )


def _held_position(held: HeldPosition) -> Iterator[Row]:
    yield (
        ledger_tables.positions,
        {
            "venue": held.venue,
            "symbol": held.symbol,
            **_position(held.position),
            "is_provisional": held.is_provisional,
        },
    )


def _acknowledged(acknowledged: Acknowledged) -> Iterator[Row]:
    news = acknowledged.news
    yield (
        ledger_tables.acknowledgements,
        {
            "lock_id": news.lock_id,
            "venue": news.venue,
            "operator": news.operator,
            "reason": news.reason,
            "differences": [line.model_dump(mode="json") for line in news.differences],
            "packages": [left.model_dump(mode="json") for left in news.packages],
            "transfer_usd": acknowledged.external.transfer_usd,
            "result_usd": acknowledged.external.result_usd,
            "acknowledged_at": news.acknowledged_at,
        },
    )


def _account(account: Account) -> Iterator[Row]:
    yield (
        ledger_tables.accounts,
        {
            "venue": account.venue,
            "opened_at": account.opened_at,
            "reported_at": account.reported_at,
            "margin_balance_usd": account.margin_balance_usd,
            "initial_margin_usd": account.initial_margin_usd,
            "maintenance_margin_usd": account.maintenance_margin_usd,
            "residual_usd": account.residual_usd,
            "is_alerting": account.is_alerting,
            "brought_usd": account.brought_usd,
        },
    )


def _totals(totals: AssetTotals) -> Iterator[Row]:
    yield (
        ledger_tables.asset_totals,
        {
            "asset": totals.asset,
            "realised_pnl_usd": totals.realised_pnl_usd,
            "funding_usd": totals.funding_usd,
            "fees_usd": totals.fees_usd,
            "borrow_usd": totals.borrow_usd,
            "slippage_usd": totals.slippage_usd,
        },
    )


def _dust(rest: Dust) -> Iterator[Row]:
    yield (
        ledger_tables.dust,
        {"venue": rest.venue, "symbol": rest.symbol, "asset": rest.asset, **_position(rest.position)},
    )


def _coin(coin: SettledCoin) -> Iterator[Row]:
    yield ledger_tables.settled_coins, {"venue": coin.venue, "currency": coin.currency, **_position(coin.position)}


def _report(compared: ComparedReport) -> Iterator[Row]:
    report = compared.report
    yield (
        history_tables.account_reports,
        {
            "venue": report.venue,
            "as_of": report.as_of,
            "is_opening": report.opening,
            "balances": [balance.model_dump(mode="json") for balance in report.balances],
            "positions": [position.model_dump(mode="json") for position in report.positions],
            "margin_balance_usd": report.margin_balance_usd,
            "initial_margin_usd": report.initial_margin_usd,
            "maintenance_margin_usd": report.maintenance_margin_usd,
            "residual_usd": compared.residual_usd,
        },
    )


def _decision(decision: Decision) -> Iterator[Row]:
    decided = decision.decided
    yield (
        history_tables.decisions,
        {
            "decision_id": decided.id,
            "request_id": decided.request_id,
            "package_id": decided.package_id,
            "action": decided.action.value,
            "strategy": decided.strategy,
            "asset": decided.asset,
            "verdict": decided.verdict.value,
            "requested_exposure_usd": decided.requested_exposure_usd,
            "approved_exposure_usd": decided.approved_exposure_usd,
            "binding_limit": decided.binding_limit,
            "reason": decided.reason,
            **decided.model_dump(mode="json", include={"checks"}),
            "approval_id": decided.approval_id,
            "decided_at": decided.decided_at,
        },
    )


def _day_start(start: DayStart) -> Iterator[Row]:
    yield history_tables.day_starts, {"day": start.day, "equity_usd": start.equity_usd}
    for asset, pnl_usd in start.asset_pnl_usd.items():
        made_of = start.asset_results.get(asset, ResultSplit()).model_dump()
        yield history_tables.asset_day_starts, {"day": start.day, "asset": asset, "pnl_usd": pnl_usd, **made_of}


def _high_water_mark(mark: HighWaterMark) -> Iterator[Row]:
    yield (
        history_tables.high_water_mark,
        {"is_the_one": True, "equity_usd": mark.equity_usd, "reached_at": mark.reached_at},
    )


def _snapshot(snapshot: EquitySnapshot) -> Iterator[Row]:
    columns = history_tables.equity_snapshots.columns.keys()
    yield history_tables.equity_snapshots, {column: getattr(snapshot, column) for column in columns}


def _matrix(record: Matrix) -> Iterator[Row]:
    matrix = record.matrix
    yield (
        history_tables.correlation_matrices,
        {
            "time_window": matrix.window,
            "as_of": matrix.as_of,
            "assets": list(matrix.assets),
            "rho": matrix.rho,
            "points": matrix.points,
            "mean_rho": matrix.mean_rho,
            "is_spike": record.is_spike,
        },
    )


def _position(position: Position) -> dict[str, Any]:
    return {"quantity": position.quantity, "cost": position.cost}


_ROWS: Mapping[type, Callable[[Any], Iterator[Row]]] = {
    Package: _package,
    BookedFill: _fill,
    BookedFunding: _funding,
    Cash: _cash,
    HeldPosition: _held_position,
    Acknowledged: _acknowledged,
    Account: _account,
    AssetTotals: _totals,
    Dust: _dust,
    SettledCoin: _coin,
    ComparedReport: _report,
    Decision: _decision,
    DayStart: _day_start,
    HighWaterMark: _high_water_mark,
    EquitySnapshot: _snapshot,
    Matrix: _matrix,
    **hindsight_rows.ROWS,
    **phases_rows.ROWS,
    **rebalancing_rows.ROWS,
}
