"""What a run came to: the report, gathered from the desk's own records, its bus and the venues."""

import asyncio
from decimal import Decimal

from poise.demo.desk_view import DeskView
from poise.demo.failure import DemoFailed
from poise.demo.folder import logged_errors
from poise.demo.options import DemoOptions
from poise.demo.record import Figures, Record
from poise.demo.report import DemoReport, VenueFigures
from poise.demo.scenarios.aftermath import Aftermath
from poise.demo.scenarios.presets import PRESETS
from poise.demo.venue_ledger import VenueLedger, read_venue_ledgers
from poise.demo.watch import DeskWatch
from poise.stack import DeskAddresses
from poise.supervisor import Supervisor
from poise_common.contracts.state import PortfolioState, SystemMode

_PER_CENT = Decimal(100)


async def reckon(
    options: DemoOptions,
    addresses: DeskAddresses,
    *,
    supervisor: Supervisor,
    watch: DeskWatch,
    view: DeskView,
    record: Record,
    traded_s: float,
    mode: SystemMode | None,
    aftermath: Aftermath | None,
) -> DemoReport:
    """Return the report; `mode` is risk's when trading ended, before the demo itself halted the desk."""
    figures = await record.figures()
    verify_key = await asyncio.to_thread(addresses.verify_key_file.read_bytes)
    approved = await record.approved_orders(verify_key)
    ledgers = await read_venue_ledgers(addresses.venue_urls)
    restarts = {name: count for name, count in supervisor.restarts.items() if count}
    errors = [f"{name} was restarted {count} times" for name, count in restarts.items()]
    errors += await watch.dead_letters()
    errors += logged_errors(options.log_directory)
    portfolio = view.portfolio
    if portfolio is None:
        raise DemoFailed(f"the portfolio service never said what it holds; see {options.log_directory}/")
    pnl_usd = portfolio.result.net_usd  # of the whole run: a day's begins anew at midnight
    rules = () if options.scenario is None or aftermath is None else PRESETS[options.scenario].bounds
    return DemoReport(
        seconds=round(traded_s, 1),
        seed=options.seed,
        books=await watch.published("md.books.<tier>"),
        signals=await watch.published("signals"),
        requests=figures.requests,
        approved=figures.approved,
        rejected=figures.rejected,
        packages_opened=figures.packages_opened,
        packages_closed=figures.packages_closed,
        packages_aborted=figures.packages_aborted,
        packages_halted=figures.packages_halted,
        cross_venue_opened=figures.cross_venue_opened,
        cross_venue_closed=figures.cross_venue_closed,
        venues={name: _venue_figures(name, ledger, figures, approved, portfolio) for name, ledger in ledgers.items()},
        residual_delta_max_usd=view.residual_delta_max_usd,
        equity_usd=portfolio.equity_usd,
        pnl_usd=pnl_usd,
        pnl_pct=_rounded(_PER_CENT * pnl_usd / (portfolio.equity_usd - pnl_usd)),
        max_drawdown_pct=_rounded(view.course.max_drawdown_pct),
        worst_asset_loss_pct=_rounded(view.course.worst_asset_loss_pct),
        state=None if mode is None else mode.value,
        scenario=options.scenario,
        packages_held_when_struck=None if aftermath is None else len(aftermath.strike.held),
        bounds=[] if aftermath is None else [rule(aftermath) for rule in rules],
        tick_to_order_ms=await record.latency(),
        rss_mb=supervisor.rss_mb(),
        restarts=restarts,
        errors=len(errors),
        error_messages=errors,
    )


def _venue_figures(
    venue: str,
    ledger: VenueLedger,
    figures: Figures,
    approved: frozenset[tuple[str, str]],
    portfolio: PortfolioState,
) -> VenueFigures:
    account = next((account for account in portfolio.accounts if account.venue == venue), None)
    return VenueFigures(
        orders_sent=figures.orders_sent.get(venue, 0),
        venue_orders=ledger.orders,
        ledger_fills=figures.ledger_fills.get(venue, 0),
        venue_fills=ledger.fills,
        unapproved_orders=sum(
            count for client_id, count in ledger.client_order_ids.items() if (venue, client_id) not in approved
        ),
        duplicate_orders=ledger.duplicates,
        ledger_residual_usd=None if account is None else account.ledger_residual_usd,
        liquidations=ledger.liquidations,
    )


def _rounded(value: Decimal) -> Decimal:
    return round(value, 4)
