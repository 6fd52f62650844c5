"""What execution says of approvals, made for a test."""

from decimal import Decimal
from typing import Any

from tests.unit.risk.desk_figures import PRICE
from tests.unit.risk.desk_messages import DeskMessages

from poise_common.contracts import execution
from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, LegRole


class DeskReports(DeskMessages):
    """Sends what execution sends."""

    def opened(self, approval: Approval, *, held: Decimal | None = None) -> list[Message]:
        """Have execution say that an approval's package is open, whole by default."""
        legs = {leg.role: leg for leg in approval.legs}

        def summary(role: LegRole) -> execution.LegSummary:
            leg = legs[role]
            return execution.LegSummary(
                role=role,
                venue=leg.venue,
                symbol=leg.symbol,
                held_quantity=leg.quantity if held is None else held,
                average_price=leg.decision_price,
            )

        return self.send(
            self.first(
                execution.PackageOpened,
                **self._of(approval),
                long_leg=summary(LegRole.LONG),
                short_leg=summary(LegRole.SHORT),
                residual_delta=Decimal(0),
                residual_delta_usd=Decimal(0),
            )
        )

    def closed(self, approval: Approval) -> list[Message]:
        legs = {
            f"{role.value}": execution.LegSummary(
                role=role, venue="paper", symbol="", held_quantity=Decimal(0), average_price=PRICE
            )
            for role in LegRole
        }
        return self.send(
            self.first(
                execution.PackageClosed,
                **self._of(approval),
                **legs,
                residual_delta=Decimal(0),
                residual_delta_usd=Decimal(0),
            )
        )

    def closed_partly(self, approval: Approval, remaining: Decimal) -> list[Message]:
        return self.send(
            self.first(
                execution.PackageClosedPartly,
                **self._of(approval),
                remaining_long_quantity=remaining,
                remaining_short_quantity=remaining,
                residual_delta_usd=Decimal(0),
            )
        )

    def aborted(self, approval: Approval) -> list[Message]:
        return self.send(self.first(execution.PackageAborted, **self._of(approval), reason="nothing filled"))

    def refused(self, approval: Approval, reason: execution.RefusalReason) -> list[Message]:
        return self.send(
            self.first(
                execution.ApprovalRefused,
                approval_id=approval.approval_id,
                package_id=approval.package_id,
                action=approval.action,
                asset=approval.asset,
                reason=reason,
                detail="",
            )
        )

    def _of(self, approval: Approval) -> dict[str, Any]:
        return {
            "package_id": approval.package_id,
            "approval_id": approval.approval_id,
            "strategy": approval.strategy,
            "asset": approval.asset,
        }
