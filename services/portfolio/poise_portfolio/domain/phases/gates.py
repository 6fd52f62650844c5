"""What each phase asks for: one small measure a line, in the order they are shown. A new one is one line here."""

from collections.abc import Callable, Iterator, Mapping

from poise_common.contracts.state import GateLine
from poise_portfolio.domain.phases.evidence import Evidence
from poise_portfolio.domain.phases.parameters import PhasesParameters, ToPhase1, ToPhase2
from poise_portfolio.domain.phases.records import AssetMonth, EventKind

Measure = Callable[[Evidence, PhasesParameters], Iterator[GateLine]]
_UNKNOWN = "not known"


def gate(to_phase: int, evidence: Evidence, parameters: PhasesParameters) -> tuple[GateLine, ...]:
    """Measure what a phase asks for."""
    return tuple(line for measure in GATES[to_phase] for line in measure(evidence, parameters))


def missing(lines: tuple[GateLine, ...]) -> list[GateLine]:
    """Return what keeps the desk back."""
    return [line for line in lines if line.is_required and not line.is_met]


def _profitable_on_one(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    asked = parameters.to_phase_1
    yield from _profitable(evidence, asked.assets, asked.profitable_months)


def _profitable_on_two(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    asked = parameters.to_phase_2
    yield from _profitable(evidence, asked.assets, asked.profitable_months)


def _profitable(evidence: Evidence, assets: tuple[str, ...], needed: int) -> Iterator[GateLine]:
    for asset in assets:
        count = evidence.months_in_a_row(asset, lambda month: month.earned_usd > 0)
        whole = len(evidence.whole_months())
        value = f"{count} in a row, of {whole} whole in this phase"
        yield _required(f"profitable months on {asset}", count >= needed, value, f"{needed} in a row")


def _drawdown(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    """The worst drawdown since the phase began."""
    worst_pct, allowed_pct = evidence.drawdown_pct, parameters.to_phase_1.drawdown_max_pct
    value = _UNKNOWN if worst_pct is None else f"{-worst_pct if worst_pct else worst_pct:.1f} %"
    is_met = worst_pct is not None and worst_pct <= allowed_pct
    yield _required("drawdown", is_met, value, f"never beyond {-allowed_pct:f} %")


def _drill(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    del parameters
    drills = evidence.of(EventKind.DRILL)
    value = f"{drills[-1].at:%Y-%m-%d %H:%M} UTC by {drills[-1].subject}: {drills[-1].detail}" if drills else "never"
    needed = 'a halt or flattening whose reason begins with "drill", and its resume'
    yield _required("kill switch tested", bool(drills), value, needed)


def _uptime(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    share_pct, needed_pct = evidence.uptime_pct, parameters.to_phase_1.uptime_min_pct
    days = evidence.watched.total_seconds() / 86_400
    value = _UNKNOWN if share_pct is None else f"{share_pct:.2f} % of {days:.1f} days"
    yield _required("uptime", share_pct is not None and share_pct >= needed_pct, value, f"at least {needed_pct:f} %")


def _no_lock(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    del parameters
    locks = evidence.lasting(EventKind.LOCK)
    told = ", ".join(f"{lock.subject} since {lock.at:%Y-%m-%d %H:%M} UTC" for lock in locks)
    value = told or ("none" if evidence.venues_known else _UNKNOWN)
    yield _required("unresolved locks", not locks and evidence.venues_known, value, "none")


def _matrices(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    share_pct, needed_pct = evidence.fresh_pct, parameters.to_phase_2.fresh_matrices_min_pct
    value = _UNKNOWN if share_pct is None else f"{share_pct:.2f} % of the time"
    is_met = share_pct is not None and share_pct >= needed_pct
    yield _required("correlation matrices fresh", is_met, value, f"at least {needed_pct:f} %")


def _limits_kept(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    """No limit of the whole portfolio stayed breached."""
    del parameters
    breaches = evidence.of(EventKind.LIMIT)
    value = "; ".join(f"{event.subject} on {event.at:%Y-%m-%d %H:%M} UTC: {event.detail}" for event in breaches[-3:])
    yield _required("portfolio limits breached", not breaches, value or "none", "none")


def _stable(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    asked = parameters.to_phase_3

    def is_stable(month: AssetMonth) -> bool:
        equity_usd = evidence.equity_usd_in(month.month)
        if equity_usd is None or not month.earned_usd:
            return False
        return month.earned_usd >= -equity_usd * asked.stable_month_loss_max_pct / 100

    counts = {asset: evidence.months_in_a_row(asset, is_stable) for asset in asked.assets}
    enough = [asset for asset, count in counts.items() if count >= asked.stable_months]
    yield _required(
        "stable months",
        len(enough) >= asked.stable_assets_min,
        ", ".join(f"{asset} {count}" for asset, count in counts.items()),
        f"{asked.stable_months} in a row on {asked.stable_assets_min} assets",
    )


def _slots(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    del parameters
    events = evidence.of(EventKind.SLOT)
    value = f"{events[-1].at:%Y-%m-%d %H:%M} UTC, {events[-1].detail}" if events else "never"
    yield _required("slot rule exercised", bool(events), value, "once")


def _sizes_kept(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    """No package was let through beyond a cap of its size, and there was one at all."""
    del parameters
    openings, oversized = evidence.openings, evidence.of(EventKind.OVERSIZED)
    value = f"{len(oversized)} of {openings} openings beyond"
    yield _required("sizing within its caps", openings > 0 and not oversized, value, "0, of at least 1")


def _sharpe_of_one(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    yield _sharpe(evidence, parameters.to_phase_1)


def _sharpe_of_two(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    yield _sharpe(evidence, parameters.to_phase_2)


def _sharpe(evidence: Evidence, asked: ToPhase1 | ToPhase2) -> GateLine:
    value = _UNKNOWN if evidence.sharpe is None else f"{evidence.sharpe:.2f}"
    is_met = evidence.sharpe is not None and evidence.sharpe > asked.recommended_sharpe
    return _recommended("Sharpe ratio", is_met, value, f"above {asked.recommended_sharpe:g}")


def _win_rate(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    share_pct, needed_pct = evidence.win_rate_pct, parameters.to_phase_1.recommended_win_rate_pct
    value = _UNKNOWN if share_pct is None else f"{share_pct:.1f} % of {evidence.closed_packages} packages"
    yield _recommended("win rate", share_pct is not None and share_pct > needed_pct, value, f"above {needed_pct:f} %")


def _newcomers(evidence: Evidence, parameters: PhasesParameters) -> Iterator[GateLine]:
    for asset in parameters.to_phase_2.recommended_profitable_assets:
        earned_usd = evidence.earned_usd(asset)
        value = f"{'-' if earned_usd < 0 else '+'}${abs(earned_usd):,.2f}"
        yield _recommended(f"{asset} profitable", earned_usd > 0, value, "above $0")


def _required(name: str, is_met: bool, value: str, needed: str) -> GateLine:
    return GateLine(name=name, is_required=True, is_met=is_met, value=value, needed=needed)


def _recommended(name: str, is_met: bool, value: str, needed: str) -> GateLine:
    return GateLine(name=name, is_required=False, is_met=is_met, value=value, needed=needed)


GATES: Mapping[int, tuple[Measure, ...]] = {
    1: (_profitable_on_one, _drawdown, _drill, _uptime, _no_lock, _sharpe_of_one, _win_rate),
    2: (_profitable_on_two, _matrices, _limits_kept, _newcomers, _sharpe_of_two),
    3: (_stable, _slots, _sizes_kept),
}
