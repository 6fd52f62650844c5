"""When a deviation between two assets is entered, left and given up."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.packages import CloseReason
from poise_common.domain.value import Value


class ReversionRule(Value):
    """Thresholds in standard deviations, on the side where the long leg is cheap."""

    enter_z: Annotated[float, Field(gt=0, le=10)]
    exit_z: Annotated[float, Field(ge=0, le=10)]
    stop_z: Annotated[float, Field(gt=0, le=20)]
    enter_net_yield_pct: Annotated[float, Field(ge=0, le=5)]
    """What the expected return to `exit_z` must leave after the costs of both legs."""

    @model_validator(mode="after")
    def _thresholds_ascend(self) -> Self:
        if not self.exit_z < self.enter_z < self.stop_z:
            raise ValueError(
                f"exit_z {self.exit_z}, enter_z {self.enter_z}, stop_z {self.stop_z}: pass them in ascending order, or "
                "what is entered is left at once"
            )
        return self

    def why_not(self, stretch: float, total_yield: float) -> str | None:
        """Return why a deviation is not entered: too small, too large to come back, or not worth its costs."""
        if stretch <= self.enter_z:
            # Rounded first, as what is a hair below nothing would be told as -0.00.
            return f"z {round(stretch, 2) + 0.0:.2f} is not beyond {self.enter_z:g}"
        if stretch >= self.stop_z:
            return f"z {stretch:.2f} is beyond the stop {self.stop_z:g}"
        if total_yield < self.enter_net_yield_pct / 100:
            return f"net yield {total_yield:.4%} is below the entry's {self.enter_net_yield_pct / 100:.2%}"
        return None

    def close(self, stretch: float) -> CloseReason | None:
        """Return why a deviation that is held is left, if it is: it has come back, or gone beyond the stop."""
        if stretch < self.exit_z:
            return CloseReason.CONVERGED
        return CloseReason.STOP_LOSS if stretch > self.stop_z else None
