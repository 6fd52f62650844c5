"""A request to roll, with all that its checks look at."""

from dataclasses import dataclass

from poise_risk.domain.gate.closing import Closing
from poise_risk.domain.gate.entry import Proposal


@dataclass(frozen=True, slots=True)
class Roll:
    """Both halves: a closing, and an opening beside a desk that is without the package that closes.

    Margin is reckoned with both short legs: for a moment they stand beside each other.
    """

    closing: Closing
    proposal: Proposal
