"""Whether a pair of thresholds can make money at all."""

from typing import NamedTuple

from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import RoundTripFees
from poise_signals.domain.parameters import CostParameters, SharedParameters


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


def refuse_losing_thresholds(
    strategy: str, enter_net_yield_pct: float, exit_edge_left_pct: float, costs: CostParameters
) -> None:
    """Raise ValueError, with the sum, where a package between the thresholds loses money after all fees."""
    result = round_trip_at_thresholds(
        enter_net_yield=enter_net_yield_pct / 100,
        exit_edge_left=exit_edge_left_pct / 100,
        safety_buffer=costs.safety_buffer.floor_bps / 10_000,
        counted=costs.fallback_fees(costs.exit_order),
        paid=costs.fallback_fees(OrderStyle.IOC),
    )
    if result.profit <= 0:
        raise ValueError(
            f"{strategy}: a package that enters and leaves exactly at its thresholds loses money after all "
            f"fees: {result}; an enter_net_yield_pct above "
            f"{(enter_net_yield_pct / 100 - result.profit) * 100:.4f} would pass"
        )


def refuse_forgotten_hours(name: str, bars: int, shared: SharedParameters) -> None:
    """Raise ValueError where more hours are looked at than are kept, less one while two instruments close theirs."""
    most = shared.histories.hours_kept - 1
    if bars > most:
        raise ValueError(f"{name} {bars} is more than histories.hours_kept has to give: {most} passes")
