"""How long the big tables keep what they hold."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.value import Value

Days = Annotated[int, Field(ge=1)]


class RetentionParameters(Value):
    """The whole section. What was kept for so many days goes with the part that it stands in: a day, or a month."""

    check_interval_s: Annotated[float, Field(gt=0)]
    parts_ahead: Annotated[int, Field(ge=1)]
    """How many days, or months, to come have their part made beforehand."""
    candles_keep_days: Mapping[CandleInterval, Days]
    equity_snapshots_keep_days: Days
    account_reports_keep_days: Days
    funding_predictions_keep_days: Days

    @model_validator(mode="after")
    def _every_interval_is_named(self) -> Self:
        missing = [interval.value for interval in CandleInterval if interval not in self.candles_keep_days]
        if missing:
            raise ValueError(
                f"candles_keep_days says nothing of {', '.join(missing)}; a number of days for each passes"
            )
        return self

    def candles_kept(self, interval: CandleInterval) -> timedelta:
        """Return how long candles of an interval are kept at least."""
        return timedelta(days=self.candles_keep_days[interval])
