"""Openings that were approved and are not on the ledger yet: they count as exposure all the same."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import PackageAction, PackageDecided, Verdict
from poise_common.contracts.state import HeldPackage
from poise_portfolio.domain.ledger.positions import ZERO

Ended = PackageOpened | PackageAborted | PackageClosed | PackageHalted | ApprovalRefused


class Openings:
    """What is being opened, by whoever asked for it."""

    def __init__(self) -> None:
        self._approved: dict[UUID, PackageDecided] = {}

    def decided(self, decided: PackageDecided) -> None:
        """Note an approved opening."""
        if decided.action is PackageAction.OPEN and decided.verdict is not Verdict.REJECTED:
            self._approved[decided.package_id] = decided

    def ended(self, news: Ended) -> None:
        """Leave to the ledger what an opening came to; a refused replay or forgery says nothing of the genuine one."""
        if not isinstance(news, ApprovalRefused) or news.reason.ends_the_approval:
            self._approved.pop(news.package_id, None)

    def exposure_usd(self, asset: str, packages: Sequence[HeldPackage]) -> Decimal:
        """Return an asset's exposure with what is being opened; what of that is filled already counts once."""
        held = {package.package_id: package.exposure_usd for package in packages if package.asset == asset}
        opening = {
            package_id: max(decided.approved_exposure_usd, held.get(package_id, ZERO))
            for package_id, decided in self._approved.items()
            if decided.asset == asset
        }
        return sum((held | opening).values(), ZERO)
