"""What of hindsight can be tuned."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.value import Value


class RefusedParameters(Value):
    """How long what risk refused is followed, and what closing it would have cost."""

    edge_left_min_pct: float
    age_max_days: Annotated[float, Field(gt=0)]
    exit_order: OrderStyle
    value_interval_s: Annotated[float, Field(gt=0)]

    @property
    def edge_left_min(self) -> float:
        """The least that must be left, as a fraction."""
        return self.edge_left_min_pct / 100

    @property
    def age_max(self) -> timedelta:
        return timedelta(days=self.age_max_days)

    @property
    def value_interval(self) -> timedelta:
        return timedelta(seconds=self.value_interval_s)


class CalibrationParameters(Value):
    """How long before each settlement the running funding rate is noted."""

    leads_s: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1)]
    lead_tolerance_s: Annotated[float, Field(gt=0)]
    """A rate that is told later than this after a lead's moment says nothing of that lead."""

    @model_validator(mode="after")
    def _leads_tell_themselves_apart(self) -> Self:
        if len(set(self.leads_s)) < len(self.leads_s):
            raise ValueError(f"leads_s {list(self.leads_s)} names a lead twice; each may be there once")
        if self.lead_tolerance_s >= min(self.leads_s):
            raise ValueError(
                f"lead_tolerance_s {self.lead_tolerance_s:g} reaches past the settlement from the lead of "
                f"{min(self.leads_s)} s; anything below {min(self.leads_s)} passes"
            )
        return self


class HindsightParameters(Value):
    """The whole section."""

    rows_per_flush: Annotated[int, Field(ge=1)]
    refused: RefusedParameters
    calibration: CalibrationParameters
