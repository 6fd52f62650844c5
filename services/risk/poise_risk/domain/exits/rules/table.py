"""The exits risk watches itself, the most urgent first. A new one is one line here."""

from collections.abc import Callable, Sequence

from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules import basis, funding, lifetime, listing, losing_assets, margin, pegs, results
from poise_risk.domain.exits.rules.watched import ExitDue, Watched
from poise_risk.domain.rules.profiles import Profile

WholeExit = Callable[[HeldPackage, Watched, Profile], str | None]
"""Says by which figures a package is to be closed; None where it may stay."""

Reduction = Callable[[Sequence[HeldPackage], Watched, Profile], Sequence[ExitDue]]
"""Says which of the open packages are to shrink."""

WHOLE_EXITS: tuple[tuple[CloseReason, WholeExit], ...] = (
    (CloseReason.DEPEG, pegs.off_its_peg),
    (CloseReason.STOP_LOSS, results.stopped),
    (CloseReason.LIQUIDATION_DISTANCE, margin.near_liquidation),
    (CloseReason.EXPIRY, lifetime.about_to_settle),
    (CloseReason.FUNDING_FLIPPED, funding.flipped),
    (CloseReason.LEFT_UNIVERSE, listing.left_the_universe),
    (CloseReason.CONVERGED, basis.converged),
    (CloseReason.PROFIT_TARGET, results.at_its_target),
    (CloseReason.AGE, lifetime.too_old),
)
"""Packages that are open are closed whole by the first of these that is due."""

REDUCTIONS: tuple[Reduction, ...] = (
    losing_assets.reductions,
    margin.reductions,
)
"""Packages that no whole exit takes are reduced by the first of these that is due."""
