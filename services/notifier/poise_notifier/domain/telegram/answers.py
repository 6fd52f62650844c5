"""What people read when they ask how the desk stands."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import VenueState
from poise_common.contracts.state import LimitHeadroom, PortfolioState, RiskState, SystemMode
from poise_notifier.domain.alerts.episodes import Episode
from poise_notifier.domain.desk_view import DeskView
from poise_notifier.domain.mail.wording import SIGNS, duration

HELP = """What I understand
/status: how the desk stands
/positions: what is held
/pnl: what was made, and of what
/limits: the limits that are used most
/alerts: what fires
/halt [reason]: stop all new risk at once; what is held stays held
/resume [reason]: take up trading again (to be confirmed)
/flatten [reason]: close every package, then stay halted (to be confirmed)
/ack [venue] [reason]: show in what a locked venue's account differs, and take it as it is
/help: this"""
UNKNOWN = "I don't know that one; /help says what I understand."
_MODES = {SystemMode.ACTIVE: "🟢", SystemMode.REDUCING: "🟠", SystemMode.HALTED: "🔴"}
_NOT_YET = "has not said anything yet"
_SILENT_AFTER_S = 10
"""Risk and portfolio say their state each second."""
_LINES_MAX = 25


def risk_line(risk: RiskState | None) -> str:
    """Say in which mode risk is, and why."""
    if risk is None:
        return f"risk {_NOT_YET}"
    closing = ", closing every package" if risk.flattening else ""
    return f"risk is {risk.mode.value.upper()}{closing}: {risk.reason} ({risk.set_by})"


def status(view: DeskView, firing: Sequence[Episode], now: datetime) -> str:
    """Say how the desk stands, what wants a person first."""
    return "\n".join(_status(view, firing, now))


def positions(view: DeskView) -> str:
    """List what is held."""
    state = view.portfolio
    if state is None:
        return f"the portfolio {_NOT_YET}"
    if not state.packages:
        return f"Nothing is held. Equity {_usd(state.equity_usd)}."
    lines = [f"{len(state.packages)} packages, {_usd(state.exposure_usd)} exposure"]
    for package in sorted(state.packages, key=lambda each: -each.exposure_usd)[:_LINES_MAX]:
        made = package.unrealised_pnl_usd + package.funding_usd - package.fees_usd
        lines.append(
            f"{'/'.join(package.assets)} {package.state.value}: {_usd(package.exposure_usd)}, made {_signed(made)},"
            f" unhedged {_signed(package.residual_delta_usd)} ({package.strategy})"
        )
    return "\n".join([*lines, *_left_out(len(state.packages))])


def pnl(view: DeskView) -> str:
    """Say what was made, and what it is made of."""
    state = view.portfolio
    if state is None:
        return f"the portfolio {_NOT_YET}"
    result = state.result
    return "\n".join(
        (
            f"Today {_signed(state.equity_usd - state.day_start_equity_usd)}, equity {_usd(state.equity_usd)}",
            f"drawdown from the highest {_drawdown(state)}",
            f"ever: {_signed(result.net_usd)}, of it",
            f"price {_signed(result.price_usd)}",
            f"funding {_signed(result.funding_usd)}",
            f"fees {_signed(-result.fees_usd)}",
            f"borrowing {_signed(-result.borrow_usd)}",
            f"slippage {_signed(-result.slippage_usd)}",
            f"not realised yet {_signed(state.unrealised_pnl_usd)}",
        )
    )


def limits(view: DeskView) -> str:
    """List the limits, the most used first."""
    risk = view.risk
    if risk is None or not risk.headroom:
        return f"risk {_NOT_YET}" if risk is None else "risk says nothing of its limits"
    used = sorted(risk.headroom, key=_use, reverse=True)
    lines = [f"{_of(each)}: {each.value:.6g} {_bound(each)} {each.allowed:.6g}, {_use(each):.0%}" for each in used]
    profile = "" if risk.limits is None else f", profile {risk.limits.profile}"
    return "\n".join([f"Limits{profile}, the most used first", *lines[:_LINES_MAX], *_left_out(len(lines))])


def alerts(firing: Sequence[Episode], now: datetime) -> str:
    """List what fires."""
    if not firing:
        return "Nothing fires."
    lines = [
        f"{SIGNS[each.severity]} {each.name} ({each.subject}) for {duration(now - each.began_at)}: {each.text}"
        for each in firing
    ]
    return "\n".join([f"{len(lines)} alerts fire", *lines[:_LINES_MAX], *_left_out(len(lines))])


def differences(state: VenueState) -> str:
    """List in what a locked venue's account differs from the books."""
    lock = state.lock
    if lock is None:
        return f"{state.venue} is not locked"
    lines = [
        f"{line.kind.value} {line.name} ({line.wallet}): books {line.expected:f}, venue {line.actual:f}"
        + (f"; {line.detail}" if line.detail else "")
        for line in lock.differences
    ]
    heading = f"{state.venue} is locked since {lock.since:%Y-%m-%d %H:%M:%S} UTC"
    return "\n".join([heading, *lines[:_LINES_MAX], *_left_out(len(lines))])


def _status(view: DeskView, firing: Sequence[Episode], now: datetime) -> Iterator[str]:
    risk, portfolio = view.risk, view.portfolio
    yield f"{'⚪' if risk is None else _MODES[risk.mode]} {risk_line(risk)}"
    if risk is not None and (now - risk.hops[-1].at).total_seconds() > _SILENT_AFTER_S:
        yield f"! risk has been silent for {duration(now - risk.hops[-1].at)}"
    for state in view.locked:
        yield f"! {state.venue} is locked; /ack {state.venue} shows why"
    for state in view.venues:
        if state.reconciled_at is None:
            yield f"! {state.venue} was not reconciled since execution started"
        elif state.orders_in_doubt:
            yield f"! {state.venue} has {state.orders_in_doubt} orders in doubt"
    if portfolio is None:
        yield f"the portfolio {_NOT_YET}"
    else:
        if (now - portfolio.as_of).total_seconds() > _SILENT_AFTER_S:
            yield f"! the portfolio has been silent for {duration(now - portfolio.as_of)}"
        made = portfolio.equity_usd - portfolio.day_start_equity_usd
        yield f"equity {_usd(portfolio.equity_usd)}, today {_signed(made)}, drawdown {_drawdown(portfolio)}"
        yield (
            f"{len(portfolio.packages)} packages, exposure {_usd(portfolio.exposure_usd)},"
            f" net delta {_signed(portfolio.net_delta_usd)}"
        )
    yield f"{len(firing)} alerts fire; /alerts lists them" if firing else "nothing fires"
    yield f"{now:%Y-%m-%d %H:%M:%S} UTC"


def _drawdown(state: PortfolioState) -> str:
    highest = state.high_water_mark_usd
    return f"{(highest - state.equity_usd) / highest:.2%}" if highest > 0 else "unknown"


def _use(limit: LimitHeadroom) -> Decimal:
    """Return which share of a limit is used; all of it where nothing is allowed."""
    used, of = (limit.allowed, limit.value) if limit.at_least else (abs(limit.value), limit.allowed)
    if of <= 0:
        return Decimal(1) if used > 0 else Decimal(0)
    return used / of


def _of(limit: LimitHeadroom) -> str:
    return f"{limit.limit} ({limit.subject})" if limit.subject else limit.limit


def _bound(limit: LimitHeadroom) -> str:
    return "of at least" if limit.at_least else "of"


def _left_out(count: int) -> list[str]:
    return [f"… and {count - _LINES_MAX} more"] if count > _LINES_MAX else []


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _signed(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount):,.2f}"
