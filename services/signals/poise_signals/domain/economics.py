"""Whether a pair of thresholds can make money at all."""

from typing import NamedTuple

from poise_common.contracts.round_trip_fees import RoundTripFees


class RoundTripResult(NamedTuple):
    """A round trip on one unit of long notional, as fractions of it."""

    entry_premium: float
    exit_premium: float
    fees_paid: float

    @property
    def profit(self) -> float:
        return self.entry_premium - self.exit_premium - self.fees_paid

    def __str__(self) -> str:
        return (
            f"premium sold {self.entry_premium:.4%} - premium bought back {self.exit_premium:.4%} "
            f"- fees {self.fees_paid:.4%} = {self.profit:.4%}"
        )


def round_trip_at_thresholds(
    *,
    enter_net_yield: float,
    exit_edge_left: float,
    safety_buffer: float,
    counted: RoundTripFees,
    paid: RoundTripFees,
) -> RoundTripResult:
    """Return what a package makes that enters and leaves exactly at its thresholds, prices otherwise unchanged.

    The entry premium is what makes the net yield equal its threshold with the fees that are counted; the fees paid are
    each leg's rate on that leg's own notional. Funding is left out: what is expected at entry is expected at exit too.
    `counted` may hope for maker exits; `paid` should not: an exit that rests in vain has to take in the end.
    """
    entry_premium = enter_net_yield + counted.total + safety_buffer
    fees_paid = (
        paid.enter_long
        + paid.enter_short * (1 + entry_premium)
        + paid.exit_long
        + paid.exit_short * (1 + exit_edge_left)
    )
    return RoundTripResult(entry_premium, exit_edge_left, fees_paid)
