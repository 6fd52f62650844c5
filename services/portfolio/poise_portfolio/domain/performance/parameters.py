"""What of performance can be tuned."""

from typing import Annotated

from pydantic import Field

from poise_common.domain.value import Value


class PerformanceParameters(Value):
    """The whole section."""

    risk_free_rate_pct: Annotated[float, Field(ge=0, lt=100)]

    @property
    def risk_free_rate(self) -> float:
        """A year's, compounded, as a fraction."""
        return self.risk_free_rate_pct / 100
