"""The alerts risk keeps: each said when it begins and when it ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Publish
from poise_common.contracts.state import SystemMode
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.knowledge.standing import Packages
from poise_risk.domain.records import ApprovalRecord
from poise_risk.domain.rules.changes import LimitChange, LimitOutcome
from poise_risk.domain.rules.rulebook import Rulebook
from poise_risk.domain.watch.mode import ModeChange


class Warnings:
    """Compares what is with what should be said of it."""

    def __init__(self, alerts: AlertBook, rules: Rulebook) -> None:
        self._alerts = alerts
        self._rules = rules

    def of_mode(self, current: ModeChange, now: datetime) -> tuple[Publish, ...]:
        """The kill switch, a halt by hand, and a system that lets only exits through."""
        halted = current.mode is SystemMode.HALTED
        by_risk = current.set_by == "risk"
        states = (
            ("kill_switch", halted and by_risk, Severity.CRITICAL),
            ("halted", halted and not by_risk, Severity.WARNING),
            ("reducing", current.mode is SystemMode.REDUCING, Severity.WARNING),
        )
        return tuple(
            publish
            for name, firing, severity in states
            for publish in self._alerts.watch(
                name, "system", firing=firing, severity=severity, text=current.reason, now=now
            )
        )

    def of_exposure(self, desk: Desk, packages: Packages, now: datetime) -> tuple[Publish, ...]:
        """All exposure together, near its limit."""
        if desk.portfolio is None or desk.portfolio.equity_usd <= 0:
            return ()
        share_pct = packages.exposure_usd * 100 / desk.portfolio.equity_usd
        bar_pct = self._rules.limits.total_exposure_alert_pct
        return self._alerts.watch(
            "exposure",
            "portfolio",
            firing=share_pct > bar_pct,
            severity=Severity.WARNING,
            text=f"exposure is {share_pct:.1f} % of equity, above {bar_pct} %",
            now=now,
        )

    def of_pegs(self, deviations_pct: dict[str, Decimal], now: datetime) -> tuple[Publish, ...]:
        """Stablecoins off their peg."""
        bar_pct = self._rules.limits.depeg_block_pct
        return tuple(
            publish
            for coin, off_pct in deviations_pct.items()
            for publish in self._alerts.watch(
                "depeg",
                coin,
                firing=off_pct > bar_pct,
                severity=Severity.CRITICAL,
                text=f"{coin} is {off_pct:.2f} % off its peg, above {bar_pct} %",
                now=now,
            )
        )

    def of_limits(self, change: LimitChange, now: datetime) -> tuple[Publish, ...]:
        """Limits that were changed, or that somebody wanted changed in vain; a desk's first limits are no news."""
        if change.digest_before is None or change.outcome is LimitOutcome.UNCHANGED:
            return ()
        refused = change.outcome is LimitOutcome.REFUSED
        return self._alerts.tell(
            "limits_refused" if refused else "limits_changed",
            "system",
            severity=Severity.WARNING if refused else Severity.INFO,
            text=change.told,
            now=now,
        )

    def of_venues(self, unreconciled: Mapping[str, str | None], now: datetime) -> tuple[Publish, ...]:
        """Venues where something is held and nobody has looked, or could look, whether our books are right."""
        return tuple(
            publish
            for venue, text in unreconciled.items()
            for publish in self._alerts.watch(
                "unreconciled",
                venue,
                firing=text is not None,
                severity=Severity.WARNING,
                text=text or f"{venue} is reconciled, or holds nothing any more",
                now=now,
            )
        )

    def of_silence(
        self, unanswered: Iterable[ApprovalRecord], unpriced: Iterable[object], now: datetime
    ) -> tuple[Publish, ...]:
        """Approvals that execution says nothing of, and packages that can't be closed for want of a price."""
        silent = {
            ("approval_unanswered", str(record.approval.package_id)): (
                f"no outcome of the approval to {record.approval.action.value} {record.approval.asset}"
                f" for {(now - record.approval.issued_at).total_seconds():.0f} s: the package may stand unhedged;"
                " nothing is opened until execution speaks"
            )
            for record in unanswered
        }
        stuck = {
            ("closing_unpriced", str(package_id)): f"package {package_id} is to be closed and nothing prices it"
            for package_id in unpriced
        }
        begun = {**silent, **stuck}
        ended = [
            alert
            for alert in self._alerts.firing
            if alert.name in {"approval_unanswered", "closing_unpriced"} and (alert.name, alert.subject) not in begun
        ]
        outputs: list[Publish] = []
        for (name, subject), text in begun.items():
            outputs += self._alerts.watch(name, subject, firing=True, severity=Severity.CRITICAL, text=text, now=now)
        for alert in ended:
            outputs += self._alerts.watch(
                alert.name, alert.subject, firing=False, severity=alert.severity, text=alert.text, now=now
            )
        return tuple(outputs)
