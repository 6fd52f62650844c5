"""Which packages are to be closed or reduced, by the rules of the table."""

from collections.abc import Sequence

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.table import REDUCTIONS, WHOLE_EXITS
from poise_risk.domain.exits.rules.watched import ExitDue, Watched
from poise_risk.domain.rules.profiles import Profile


def exits_due(watched: Watched, limits: Profile) -> tuple[ExitDue, ...]:
    """Return what is to be closed now, at most once a package: what is unhedged first, whole before part."""
    due = {
        package.package_id: ExitDue.of(package, CloseReason.UNHEDGED, "execution had to leave it halted")
        for package in watched.packages
        if package.state is PackageState.HALTED
    }
    open_ = [package for package in watched.packages if package.state is PackageState.OPEN]
    for exit_ in (*_whole_exits(open_, watched, limits), *_reductions(open_, watched, limits)):
        due.setdefault(exit_.package_id, exit_)
    return tuple(due.values())


def _whole_exits(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> list[ExitDue]:
    due = []
    for package in packages:
        verdicts = ((reason, rule(package, watched, limits)) for reason, rule in WHOLE_EXITS)
        first = next(((reason, why) for reason, why in verdicts if why is not None), None)
        if first is not None:
            due.append(ExitDue.of(package, *first))
    return due


def _reductions(packages: Sequence[HeldPackage], watched: Watched, limits: Profile) -> list[ExitDue]:
    return [exit_ for rule in REDUCTIONS for exit_ in rule(packages, watched, limits)]
