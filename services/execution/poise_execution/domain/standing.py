"""What risk and the operator last said of the whole system."""

from dataclasses import dataclass, replace

from poise_common.contracts.packages import Approval, PackageAction
from poise_common.contracts.state import RiskState, SystemMode


@dataclass(frozen=True, slots=True)
class Standing:
    """Risk's mode and epoch; `stopped_in_epoch` is set by a person's halt, before risk has answered to it."""

    mode: SystemMode | None = None
    epoch: int = 0
    stopped_in_epoch: int | None = None

    def seen(self, state: RiskState) -> "Standing":
        """Take risk's state; one of an older epoch changes nothing."""
        if self.mode is not None and state.epoch < self.epoch:
            return self
        return replace(self, mode=state.mode, epoch=state.epoch)

    def stopped(self) -> "Standing":
        return replace(self, stopped_in_epoch=self.epoch)

    def resumed(self) -> "Standing":
        return replace(self, stopped_in_epoch=None)

    def why_stopped(self) -> str | None:
        """Say why nothing may rest in a book, nor be sent beyond what hedges, or None."""
        if self.mode is None:
            return "risk.state has not been seen yet"
        if self.mode is SystemMode.HALTED:
            return f"risk is halted in epoch {self.epoch}"
        if self.stopped_in_epoch is not None:
            return "a person has halted the system"
        return None

    def objection_to(self, approval: Approval) -> str | None:
        """Say why an approval is not good any more, or None.

        One of a later epoch than is known was signed after what we last heard from risk, and counts.
        """
        if self.mode is None:
            return "risk.state has not been seen yet"
        if approval.epoch < self.epoch:
            return f"signed in epoch {approval.epoch}, risk is in epoch {self.epoch}"
        if approval.action is PackageAction.CLOSE:
            return None
        if approval.epoch == self.epoch and self.mode is not SystemMode.ACTIVE:
            return f"risk is {self.mode.value} in epoch {self.epoch}: nothing is opened"
        if self.stopped_in_epoch is not None and approval.epoch <= self.stopped_in_epoch:
            return "a person has halted the system: nothing is opened"
        return None
