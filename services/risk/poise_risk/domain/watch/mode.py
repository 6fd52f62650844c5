"""The system's mode, and the only ways it changes."""

from datetime import UTC, datetime

from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import SystemMode
from poise_common.domain.value import Value


class ModeChange(Value):
    """The mode from a moment on: who set it and why. The newest is the system's state."""

    sequence: int
    mode: SystemMode
    reason: str
    set_by: str
    since: datetime
    epoch: int
    """Approvals carry it; every change to HALTED makes those before it void."""
    flattening: CloseReason | None = None
    """Every package is being closed, for this reason."""

    def halted(
        self, reason: str, set_by: str, now: datetime, flattening: CloseReason | None = None
    ) -> "ModeChange | None":
        """Stop all new risk; None where that is so already. A flattening under way is not called off."""
        flattening = self.flattening or flattening
        if self.mode is SystemMode.HALTED and flattening is self.flattening:
            return None
        epoch = self.epoch if self.mode is SystemMode.HALTED else self.epoch + 1
        return self._next(
            mode=SystemMode.HALTED, reason=reason, set_by=set_by, now=now, epoch=epoch, flattening=flattening
        )

    def resumed(self, reason: str, set_by: str, now: datetime) -> "ModeChange | None":
        """Take up trading again; None where that is so already."""
        if self.mode is SystemMode.ACTIVE:
            return None
        return self._next(mode=SystemMode.ACTIVE, reason=reason, set_by=set_by, now=now)

    def reducing(self, reason: str, set_by: str, now: datetime) -> "ModeChange | None":
        """Let only exits through; a halted system stays halted."""
        if self.mode is not SystemMode.ACTIVE:
            return None
        return self._next(mode=SystemMode.REDUCING, reason=reason, set_by=set_by, now=now)

    def flat(self, now: datetime) -> "ModeChange | None":
        """Nothing is held any more: stay halted, with nothing left to close."""
        if self.flattening is None:
            return None
        return self._next(mode=self.mode, reason=f"{self.reason}; all packages are closed", set_by=self.set_by, now=now)

    def _next(
        self,
        *,
        mode: SystemMode,
        reason: str,
        set_by: str,
        now: datetime,
        epoch: int | None = None,
        flattening: CloseReason | None = None,
    ) -> "ModeChange":
        return ModeChange(
            sequence=self.sequence + 1,
            mode=mode,
            reason=reason,
            set_by=set_by,
            since=now,
            epoch=self.epoch if epoch is None else epoch,
            flattening=flattening,
        )


NEVER_RUN = ModeChange(
    sequence=0,
    mode=SystemMode.HALTED,
    reason="never started",
    set_by="risk",
    since=datetime.fromtimestamp(0, UTC),
    epoch=0,
)


def first_mode(now: datetime) -> ModeChange:
    """The mode of a desk that starts for the first time."""
    return ModeChange(sequence=1, mode=SystemMode.ACTIVE, reason="first start", set_by="risk", since=now, epoch=1)


class ModeSwitch:
    """Holds the newest mode; a change is what gets stored."""

    def __init__(self, current: ModeChange) -> None:
        self.current = current

    @property
    def mode(self) -> SystemMode:
        return self.current.mode

    @property
    def is_halted(self) -> bool:
        return self.current.mode is SystemMode.HALTED

    def take(self, change: ModeChange | None) -> bool:
        """Make a change the newest; say whether there was one."""
        if change is None:
            return False
        self.current = change
        return True
