"""What makes the system stop or reduce by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.limits.losses import kill_switch_reason
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.profiles import Profile


def loss_danger(desk: Desk, limits: Profile) -> str | None:
    """Say which loss of the portfolio calls for the kill switch, or None."""
    if desk.portfolio is None or not desk.portfolio.ledger_open:
        return None
    return kill_switch_reason(desk.portfolio, limits)


def feed_danger(desk: Desk, config: LimitsConfig, started: datetime, now: datetime) -> str | None:
    """Say which venue has been silent for too long while something is held there, or None.

    One silent instrument is not enough: a halted or delisted asset must not take the others with it.
    """
    allowed = timedelta(seconds=float(config.staleness.feeds_kill_s))
    venues = {leg.venue for package in desk.held() for leg in (package.long_leg, package.short_leg)}
    for venue in sorted(venues):
        silence = now - desk.silent_since(venue, started)
        if silence > allowed:
            return f"feeds of {venue} are silent for {silence.total_seconds():.0f} s while holding there"
    return None


def thin_margin(accounts: Iterable[MarginAccount], limits: Profile) -> str | None:
    """Say which account's margin is too near its maintenance to let anything but exits through, or None."""
    return _below(accounts, limits.margin_ratio_entry_min)


def margin_not_recovered(accounts: Iterable[MarginAccount], limits: Profile) -> str | None:
    """Say which account keeps a reduced system from trading again; the bar is higher, so that it does not flap."""
    return _below(accounts, limits.margin_ratio_recovered_min)


def _below(accounts: Iterable[MarginAccount], bar: Decimal) -> str | None:
    for account in accounts:
        ratio = account.margin_ratio
        if ratio is not None and ratio < bar:
            return f"margin on {account.venue} is {ratio:.2f} times its maintenance, below {bar}"
    return None
