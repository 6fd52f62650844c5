"""Packages that hold less than they should, by no order of ours: they are halted, and risk closes what is left."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import PackageHalted, PackageQuantities
from poise_common.contracts.message import Message
from poise_execution.domain.packages import Package, PackageEvent
from poise_execution.domain.reports import STAGE
from poise_execution.domain.state import ExecutionState


class Losses:
    """Halts packages as they are now."""

    def __init__(self, state: ExecutionState, long_price: Callable[[Package], Decimal]) -> None:
        """Use `long_price` to value what is left unhedged."""
        self._state = state
        self._long_price = long_price

    def halt(self, package: Package, reason: str, cause: Message, now: datetime, *, approval_id: UUID) -> list[Output]:
        """Lock a package and tell it; `approval_id` is told of one that no approval is under way for."""
        mandate = self._state.mandate_for(package.package_id)
        halted = PackageHalted.caused_by(
            cause,
            STAGE,
            now,
            str(package.package_id),
            package_id=package.package_id,
            approval_id=mandate.approval_id if mandate else approval_id,
            strategy=package.strategy,
            asset=package.asset,
            reason=reason,
            long_quantity=package.long_held,
            short_quantity=package.short_held,
            residual_delta_usd=package.residual_delta * self._long_price(package),
        )
        return [self._state.put(package.after(PackageEvent.LOCKED)), Publish(halted)]


def quantities_of(packages: Iterable[Package]) -> tuple[PackageQuantities, ...]:
    """Return what packages hold, as it is told."""
    return tuple(
        PackageQuantities(
            package_id=package.package_id, long_quantity=package.long_held, short_quantity=package.short_held
        )
        for package in packages
    )
