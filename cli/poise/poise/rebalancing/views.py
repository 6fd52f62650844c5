"""Weights, trades and capital as tables for a terminal."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.figures import usd
from poise.rebalancing.carrying_out import Rebalancing
from poise_portfolio.domain.rebalancing.plan import Plan
from poise_portfolio.domain.rebalancing.records import CapitalLine, PlanState, Trade, TradeState, WeightLine

_COLOURS = {TradeState.DONE: "green", TradeState.GIVEN_UP: "red"}


def plan_view(plan: Plan) -> RenderableType:
    """Show a plan that was not ordered."""
    sells = sum(trade.planned_usd for trade in plan.trades if trade.side.sign < 0)
    buys = sum(trade.planned_usd for trade in plan.trades if trade.side.sign > 0)
    said = (
        f"nothing to trade by {plan.model}"
        if not plan.trades
        else f"`poise rebalance` would sell {usd(Decimal(sells))} and buy {usd(Decimal(buys))} by {plan.model}"
    )
    return Group(*_tables(plan.equity_usd, plan.weights, plan.capital), Text(said, style="bold"))


def rebalancing_view(found: Rebalancing) -> RenderableType:
    """Show a plan and what has come of it."""
    plan = found.plan
    parts = list(_tables(plan.equity_usd, found.weights, found.capital))
    if plan.trades:
        parts.append(_trades(plan.trades))
    ordered = f"{plan.model}, by {plan.ordered_by} at {plan.made_at:%Y-%m-%d %H:%M:%S} UTC ({plan.reason})"
    state = "over" if plan.state is PlanState.ENDED else plan.state.value
    return Group(*parts, Text(f"{ordered}: {state}" + (f", {plan.note}" if plan.note else ""), style="bold"))


def _tables(
    equity_usd: Decimal, weights: Sequence[WeightLine], capital: Sequence[CapitalLine]
) -> Iterator[RenderableType]:
    if weights:
        yield _weights(equity_usd, weights)
    if capital:
        yield _capital(equity_usd, capital)


def _weights(equity_usd: Decimal, lines: Sequence[WeightLine]) -> Table:
    table = Table(title="weights, of equity", title_justify="left")
    table.add_column("asset")
    for name in ("now", "target", "trade"):
        table.add_column(name, justify="right")
    table.add_column("why")
    for line in lines:
        target = "–" if line.target_usd is None else _share(line.target_usd, equity_usd)
        trade = Text(
            "" if not line.trade_usd else f"{line.trade_usd:+,.0f} $", "red" if line.trade_usd < 0 else "green"
        )
        table.add_row(line.asset, _share(line.held_usd, equity_usd), target, trade, escape(line.reason))
    return table


def _capital(equity_usd: Decimal, lines: Sequence[CapitalLine]) -> Table:
    table = Table(title="capital, of equity; moved by a person alone", title_justify="left")
    table.add_column("venues")
    for name in ("now", "target", "to move"):
        table.add_column(name, justify="right")
    for line in lines:
        name = f"{line.name} ({', '.join(line.venues)})" if line.venues else line.name
        now, target = _share(line.held_usd, equity_usd), _share(line.target_usd, equity_usd)
        table.add_row(escape(name), now, target, _signed(line.transfer_usd))
    return table


def _trades(trades: Sequence[Trade]) -> Table:
    table = Table(title="trades", title_justify="left")
    table.add_column("")
    table.add_column("asset")
    for name in ("planned", "traded"):
        table.add_column(name, justify="right")
    table.add_column("state")
    table.add_column("what came of it")
    for trade in trades:
        state = Text(trade.state.value.replace("_", " "), _COLOURS.get(trade.state, ""))
        traded = usd(trade.traded_usd)
        table.add_row(trade.side.value, trade.asset, usd(trade.planned_usd), traded, state, escape(trade.note))
    return table


def _signed(amount_usd: Decimal) -> str:
    return "" if abs(amount_usd) < 1 else f"{'+' if amount_usd > 0 else '-'}{usd(abs(amount_usd))}"


def _share(amount_usd: Decimal, equity_usd: Decimal) -> str:
    return f"{amount_usd / equity_usd:.1%}" if equity_usd else "–"
