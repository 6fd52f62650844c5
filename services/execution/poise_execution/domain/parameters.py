"""What may be tuned of execution: `config/execution.yaml`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.domain.value import Value
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters

Seconds = Annotated[float, Field(gt=0, le=3600)]
BasisPoints = Annotated[Decimal, Field(gt=0, le=500)]


class OrderParameters(Value):
    """How an order's outcome is found out."""

    answer_timeout_s: Annotated[float, Field(gt=0, le=30)]
    receive_window_s: Annotated[float, Field(gt=0, le=60)]
    not_found_after_s: Annotated[float, Field(gt=0, le=60)]
    lookup_pause_s: Seconds
    lookup_pause_max_s: Seconds


class HedgingParameters(Value):
    """How what one leg filled short is chased or taken back."""

    residual_cap_usd: Annotated[Decimal, Field(ge=0, le=10_000)]
    residual_max_s: Annotated[float, Field(gt=0, le=60)]
    chase_tries: Annotated[int, Field(ge=0, le=20)]
    unwind_tries: Annotated[int, Field(ge=1, le=20)]
    unwind_collar_bps: BasisPoints
    unwind_collar_growth: Annotated[Decimal, Field(ge=1, le=10)]
    unwind_collar_max_bps: BasisPoints
    retry_pause_s: Seconds
    retry_pause_max_s: Seconds
    book_max_age_s: Seconds

    def pause_s(self, tries: int) -> float:
        """Return how long to wait before the next try: none before the first, then doubling up to the most."""
        return 0.0 if tries == 0 else min(self.retry_pause_s * 2.0 ** (tries - 1), self.retry_pause_max_s)

    def collar_bps(self, unwinds: int) -> Decimal:
        """Return how far beyond the best price the next unwind may trade: wider with each one that went before."""
        return min(self.unwind_collar_bps * self.unwind_collar_growth**unwinds, self.unwind_collar_max_bps)


class RestingParameters(Value):
    """How long closings may rest as post-only orders before the rest is taken, and how much of them at a time."""

    rest_s: Annotated[float, Field(gt=0, le=60)]
    clip_usd: Annotated[Decimal, Field(gt=0)]
    """Of each leg: what one leg fills alone while the market runs away is no more than that."""
    dead_mans_switch_s: Annotated[float, Field(gt=0, le=120)]


class AccountParameters(Value):
    """How often accounts are read, and how they are set up."""

    report_interval_s: Seconds
    reread_pause_s: Seconds
    income_overlap_s: Seconds
    venue_leverage: Annotated[int, Field(ge=1, le=20)]


class ExecutionConfig(Value):
    """All of `config/execution.yaml`."""

    orders: OrderParameters
    hedging: HedgingParameters
    resting: RestingParameters
    account: AccountParameters
    reconciliation: ReconciliationParameters
    remember_finished_s: Annotated[float, Field(ge=60, le=86_400)]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        orders, hedging, resting = self.orders, self.hedging, self.resting
        for name in ("answer_timeout_s", "receive_window_s"):
            if (value := getattr(orders, name)) >= orders.not_found_after_s:
                raise ValueError(
                    f"orders.{name} {value} must be below orders.not_found_after_s {orders.not_found_after_s}: "
                    "an order that can still arrive can't be called not found"
                )
        if resting.rest_s + orders.not_found_after_s >= hedging.residual_max_s:
            raise ValueError(
                f"resting.rest_s {resting.rest_s} and orders.not_found_after_s {orders.not_found_after_s} together "
                f"must be below hedging.residual_max_s {hedging.residual_max_s}: else each lost order locks its package"
            )
        if resting.dead_mans_switch_s <= resting.rest_s + orders.answer_timeout_s:
            raise ValueError(
                f"resting.dead_mans_switch_s {resting.dead_mans_switch_s} must be above resting.rest_s "
                f"{resting.rest_s} and orders.answer_timeout_s {orders.answer_timeout_s} together: it is for a process "
                "that can't cancel by itself any more"
            )
        if hedging.unwind_collar_max_bps < hedging.unwind_collar_bps:
            raise ValueError(
                f"hedging.unwind_collar_max_bps {hedging.unwind_collar_max_bps} must be at least "
                f"hedging.unwind_collar_bps {hedging.unwind_collar_bps}, which the first unwind trades within"
            )
        pauses_s = sum(hedging.pause_s(tries) for tries in range(hedging.chase_tries + hedging.unwind_tries))
        if pauses_s >= hedging.residual_max_s:
            raise ValueError(
                f"the pauses between chase_tries {hedging.chase_tries} and unwind_tries {hedging.unwind_tries} sum up "
                f"to {pauses_s:g} s, which must be below hedging.residual_max_s {hedging.residual_max_s}"
            )
        interval_s, max_age_s = self.account.report_interval_s, self.reconciliation.reconciled_max_age_s
        if max_age_s <= 2 * interval_s:
            raise ValueError(
                f"reconciliation.reconciled_max_age_s {max_age_s} must be above twice account.report_interval_s "
                f"{interval_s}: else one disturbed reading stops all openings"
            )
        return self
