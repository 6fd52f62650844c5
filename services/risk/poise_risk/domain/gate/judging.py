"""The gate: a request goes in, a verdict comes out."""

from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.packages import LimitCheck, Verdict
from poise_risk.domain.gate.entry import Entry, Proposal
from poise_risk.domain.limits.table import LIMITS, MINIMUMS, PRECONDITIONS, UNEVEN_DERIVATIVES, UNEVEN_LEGS


@dataclass(frozen=True, slots=True)
class Admitted:
    """The entry may be made, at this size; `entry` is what is to be signed."""

    entry: Entry
    checks: tuple[LimitCheck, ...]
    binding: LimitCheck | None
    """The limit that made it smaller."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.APPROVED if self.binding is None else Verdict.APPROVED_SMALLER

    @property
    def reason(self) -> str:
        return "within all limits" if self.binding is None else f"smaller: {told(self.binding)}"


@dataclass(frozen=True, slots=True)
class Refused:
    """The request may not pass, by this limit."""

    checks: tuple[LimitCheck, ...]
    binding: LimitCheck

    @property
    def reason(self) -> str:
        return told(self.binding)


def judge(proposal: Proposal) -> Admitted | Refused:
    """Measure a request against every limit and let through the largest size that passes all of them."""
    preconditions = tuple([check(proposal) for check in PRECONDITIONS])
    failed = next((check for check in preconditions if not check.passed), None)
    if failed is not None:
        return Refused(preconditions, failed)
    entry = Entry.of(proposal)
    if entry is None:
        return Refused(preconditions, preconditions[-1])
    limits = tuple([check(entry) for check in LIMITS])
    checks = (*preconditions, *limits)
    binding = _binding(limits)
    if binding is None:
        return _with_minimums(entry, checks, None)
    fitting = _shrunk(entry, binding)
    return Refused(checks, binding) if fitting is None else _with_minimums(fitting, checks, binding)


def displaced(verdict: Admitted | Refused, lost: LimitCheck) -> Refused:
    """Refuse what lost its slot to a better request, however it stands otherwise."""
    others = [check for check in verdict.checks if check.limit != lost.limit]
    return Refused((*others, lost), lost)


def _with_minimums(entry: Entry, checks: tuple[LimitCheck, ...], binding: LimitCheck | None) -> Admitted | Refused:
    minimums = tuple([check(entry) for check in MINIMUMS])
    too_small = next((check for check in minimums if not check.passed), None)
    if too_small is None:
        return Admitted(entry, (*checks, *minimums), binding)
    return Refused((*checks, *minimums), too_small if binding is None else binding)


def _binding(checks: tuple[LimitCheck, ...]) -> LimitCheck | None:
    """The failed limit that leaves least; of several, the first in the table."""
    failed = [check for check in checks if not check.passed]
    return min(failed, key=lambda check: check.passing_exposure_usd or Decimal(0), default=None)


def _shrunk(entry: Entry, binding: LimitCheck) -> Entry | None:
    """The largest size that passes; None where none does.

    No leg is larger by its share than the size that passes, so what the legs weigh together passes too. What they
    differ by may not, for rounding to steps unhedges them a little: that is asked again about what would be signed.
    """
    passing_usd = binding.passing_exposure_usd
    if not passing_usd:
        return None
    smaller = entry.shrunk_to(passing_usd)
    if min(leg.intent.quantity for leg in smaller.legs) <= 0:
        return None
    asked_again = UNEVEN_DERIVATIVES if all(leg.instrument.is_derivative for leg in smaller.legs) else UNEVEN_LEGS
    return smaller if all(check(smaller).passed for check in asked_again) else None


def told(check: LimitCheck) -> str:
    """Say a check in words."""
    parts = [check.limit]
    if check.value is not None:
        parts.append(f"{check.value:.6g}")
    if check.allowed is not None:
        parts.append(f"against {check.allowed:.6g}")
    return " ".join(parts) + (f" ({check.detail})" if check.detail else "")
