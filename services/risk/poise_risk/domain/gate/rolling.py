"""The gate for rolls: a closing and an opening that pass together, whole, or not at all."""

from dataclasses import dataclass

from poise_risk.domain.gate.judging import Admitted, Refused, judge, told
from poise_risk.domain.gate.releasing import Released, judge_closing
from poise_risk.domain.gate.rolls import Roll
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.limits.rolls import ROLL_CHECKS


@dataclass(frozen=True, slots=True)
class AdmittedRoll:
    """Both halves may be signed."""

    released: Released
    admitted: Admitted


def judge_roll(roll: Roll) -> AdmittedRoll | Refused:
    """Measure both halves; what would have to be smaller is not rolled but, in its time, closed."""
    released = judge_closing(roll.closing)
    if isinstance(released, Refused):
        return released
    checks = tuple(check(roll) for check in ROLL_CHECKS)
    failed = next((check for check in checks if not check.passed), None)
    if failed is not None:
        return Refused((*released.checks, *checks), failed)
    admitted = judge(roll.proposal)
    checks = (*released.checks, *checks, *admitted.checks)
    if isinstance(admitted, Refused):
        return Refused(checks, admitted.binding)
    smaller = released.binding or admitted.binding
    if smaller is not None:
        too_large = all_or_nothing("roll_size", passed=False, detail=f"not whole: {told(smaller)}")
        return Refused((*checks, too_large), too_large)
    return AdmittedRoll(released, admitted)
