"""How venue accounts are compared with our books: section `reconciliation` of `config/execution.yaml`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.domain.value import Value

Seconds = Annotated[float, Field(gt=0, le=3600)]
Tolerance = Annotated[Decimal, Field(ge=0, le=1)]


class ReconciliationParameters(Value):
    """What counts as a difference, when it locks, and for how long an agreement is good."""

    tolerance_quantity: Tolerance
    tolerance_usd: Tolerance
    usd_currencies: frozenset[str]
    venue_lag_s: Seconds
    confirm_after_s: Seconds
    explain_within_s: Seconds
    steady_readings: Annotated[int, Field(ge=2, le=20)]
    busy_wait_s: Seconds
    trades_overlap_s: Seconds
    reconciled_max_age_s: Seconds
    state_every_s: Seconds

    @model_validator(mode="after")
    def _explains_before_it_locks(self) -> Self:
        if self.explain_within_s < self.confirm_after_s:
            raise ValueError(
                f"reconciliation.explain_within_s {self.explain_within_s} must not be below confirm_after_s "
                f"{self.confirm_after_s}: an unexplained difference would lock sooner than an explained one"
            )
        return self

    def tolerance(self, name: str) -> Decimal:
        """Return by how much an item may be off through rounding alone."""
        return self.tolerance_usd if name in self.usd_currencies else self.tolerance_quantity
