"""What figures and parts of a report are called, the same in a terminal and on a page."""

from poise.report.book.plans import PlanOfWeights
from poise.report.period_report import Equity, Part, PeriodReport, ResultLine
from poise.report.wording import lasting, percent, ratio, signed_percent, signed_usd, usd, when, words

PARTS = {
    Part.PRICE: "price",
    Part.FUNDING: "funding",
    Part.SLIPPAGE: "slippage",
    Part.FEES: "fees",
    Part.BORROW: "borrow",
    Part.FOREIGN: "trades not ours",
    Part.OTHER: "held before, unexplained",
}
WINDOWS = {"24h": "prices, 24 hours", "90d": "prices, 90 days", "spread_returns": "spread returns, 24 hours"}
_ALWAYS = frozenset({Part.PRICE, Part.FUNDING, Part.SLIPPAGE, Part.FEES})
_CENT = 0.005


def period_line(report: PeriodReport) -> str:
    """Name the period."""
    period = report.period
    return f"{when(period.since)} to {when(period.until)} UTC, {lasting(period.length.total_seconds() / 3_600)}"


def plan_line(plan: PlanOfWeights) -> str:
    """Name the plan that weights stand beside, and what came of it."""
    made = f"planned by {words(plan.model)} on {when(plan.made_at)} for {plan.ordered_by}"
    return f"{made}, {plan.trades_done} of {plan.trades} trades done"


def parts_of(equity: Equity) -> tuple[tuple[str, float], ...]:
    """Name what the result is made of; what is nothing and need not be there is left out."""
    return tuple(
        (PARTS[each.part], float(each.usd)) for each in equity.parts if each.part in _ALWAYS or abs(each.usd) >= _CENT
    )


def figures_of(equity: Equity, total: ResultLine) -> tuple[tuple[str, str, str], ...]:
    """Name the figures that a reader looks for first: the name, the figure, what is to be known of it."""
    metrics = equity.metrics
    days = f"of {metrics.periods} daily returns"
    deepest = "never below a high" if metrics.drawdown_to is None else f"lowest on {when(metrics.drawdown_to)}"
    return (
        ("net P&L", signed_usd(equity.net_usd), f"from {usd(equity.start_usd)} to {usd(equity.end_usd)}"),
        ("return", signed_percent(metrics.total_return), f"{signed_percent(metrics.annualised_return)} a year"),
        ("Sharpe", ratio(metrics.sharpe), f"over {percent(equity.risk_free_rate, 1)} risk-free, {days}"),
        ("Sortino", ratio(metrics.sortino), f"volatility {percent(metrics.volatility)} a year"),
        ("Calmar", ratio(metrics.calmar), "yearly return over drawdown"),
        ("max drawdown", percent(metrics.max_drawdown), deepest),
        ("under water", lasting(metrics.under_water_days * 24), "longest time below a high"),
        ("win rate", percent(total.win_rate, 0), f"of {total.packages:,} packages that ended"),
        ("profit factor", ratio(total.profit_factor), "won over lost"),
        ("holding time", lasting(total.mean_holding_h), "mean of those"),
        ("realised APR", signed_percent(total.realised_apr, 1), f"expected {signed_percent(total.expected_apr, 1)}"),
        ("exposure", usd(equity.exposure_usd), "held at the end"),
    )
