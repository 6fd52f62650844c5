"""How the desk stands: what a person wants to know first."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, computed_field

from poise.desk_bus import DeskBus, ask
from poise_common.contracts.control import Alert
from poise_common.contracts.execution import VenueState
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import PhaseState, PortfolioState, RiskState, SystemMode
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now

SILENT_AFTER = {
    "risk": timedelta(seconds=10),
    "portfolio": timedelta(seconds=10),
    "execution": timedelta(seconds=45),
    "signals": timedelta(seconds=10),
    "ingestion": timedelta(minutes=3),
}
"""Risk and portfolio tell their state each second, signals every candidate of theirs, execution with each reading of an
account, ingestion the universe with each scan: one that is this old is of a service that is away."""


class DeskStatus(Value):
    """What each service last said of the desk, and what of that wants a person."""

    read_at: AwareDatetime
    risk: RiskState | None
    venues: tuple[VenueState, ...]
    portfolio: PortfolioState | None
    alerts: tuple[Alert, ...]
    """Those that last, as far as their stream still has them."""
    phase: PhaseState | None = None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What is not as it should be, the worst first; nothing on a desk that trades."""
        return tuple(_attention(self))


async def read_status(redis_url: str, *, wait_s: float) -> DeskStatus:
    """Read what the bus has; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> DeskStatus:
        risk, portfolio = await bus.newest(RiskState), await bus.newest(PortfolioState)
        venues, alerts = await bus.newest(VenueState), await bus.newest(Alert)
        phase = await bus.newest(PhaseState)
        return DeskStatus(
            read_at=utc_now(),
            risk=risk[-1] if risk else None,
            venues=tuple(sorted(venues, key=lambda state: state.venue)),
            portfolio=portfolio[-1] if portfolio else None,
            alerts=tuple(sorted((alert for alert in alerts if alert.firing), key=lambda alert: alert.raised_at)),
            phase=phase[-1] if phase else None,
        )

    return await ask(redis_url, read, wait_s=wait_s, answerer="the desk")


def _attention(status: DeskStatus) -> Iterator[str]:
    for state in status.venues:
        if state.lock is not None:
            yield f"{state.venue} is locked: {len(state.lock.differences)} differences, see `poise ack {state.venue}`"
    if status.risk is not None and status.risk.mode is not SystemMode.ACTIVE:
        yield f"risk is {status.risk.mode.value.upper()}: {status.risk.reason}"
    yield from _unhedged(status.portfolio)
    if status.portfolio is not None and not status.portfolio.ledger_open:
        yield "the ledger is not open"
    yield from (f"{state.venue} was not reconciled since execution started" for state in _never_reconciled(status))
    yield from _silent(status)


def _unhedged(portfolio: PortfolioState | None) -> Iterator[str]:
    for package in () if portfolio is None else portfolio.packages:
        if package.state is PackageState.HALTED:
            unhedged = f"${package.residual_delta_usd:,.2f} unhedged"
            yield f"package {package.package_id} of {package.asset} is halted, {unhedged}"


def _never_reconciled(status: DeskStatus) -> Sequence[VenueState]:
    return [state for state in status.venues if state.reconciled_at is None]


def _silent(status: DeskStatus) -> Iterator[str]:
    told = (
        ("risk", None if status.risk is None else status.risk.hops[-1].at),
        ("portfolio", None if status.portfolio is None else status.portfolio.as_of),
        ("execution", max((state.as_of for state in status.venues), default=None)),
    )
    yield from (text for name, at in told if (text := silence(name, at, status.read_at)) is not None)


def silence(name: str, at: datetime | None, now: datetime) -> str | None:
    """Say that a service is away, by when it was last heard of; None while it is not."""
    if at is None:
        return f"{name} has not said anything yet"
    return f"{name} has been silent for {(now - at).total_seconds():.0f} s" if now - at > SILENT_AFTER[name] else None
