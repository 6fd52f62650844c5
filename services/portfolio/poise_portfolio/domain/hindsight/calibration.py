"""How well a perpetual's running rate foretells what is settled: noted at fixed leads before, compared after."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from poise_common.contracts.market_data import FundingRate
from poise_common.domain.instruments import InstrumentId
from poise_portfolio.domain.hindsight.parameters import CalibrationParameters
from poise_portfolio.domain.hindsight.records import FundingPrediction
from poise_portfolio.domain.hindsight.settlements import settlement_time, settlements_of

_Predictions = dict[datetime, dict[int, FundingPrediction]]
"""By the settlement they are of, then by lead."""


@dataclass(slots=True)
class _RunningInterval:
    """A perpetual's interval that has not settled; leads whose moment is still to come, the longest last."""

    next_funding_at: datetime
    settles_at: datetime
    leads_s: list[int]

    @property
    def next_lead_at(self) -> datetime | None:
        return self.settles_at - timedelta(seconds=self.leads_s[-1]) if self.leads_s else None


class FundingCalibration:
    """Takes the running rates of all perpetuals; keeps what was predicted until it is settled."""

    def __init__(self, parameters: CalibrationParameters, predictions: Iterable[FundingPrediction]) -> None:
        self._leads_s = sorted(parameters.leads_s)
        self._tolerance = timedelta(seconds=parameters.lead_tolerance_s)
        self._running: dict[InstrumentId, _RunningInterval] = {}
        self._settled_at: dict[InstrumentId, datetime] = {}
        self._unsettled: dict[InstrumentId, _Predictions] = defaultdict(dict)
        for prediction in predictions:
            self._keep(prediction)

    def take(self, funding: FundingRate) -> list[FundingPrediction]:
        """Take a running rate and what was settled; return the predictions that are new or now settled."""
        instrument = InstrumentId(funding.venue, funding.symbol)
        settled = self._settle(instrument, funding)
        running = self._running.get(instrument)
        if running is None or running.next_funding_at != funding.next_funding_at:
            running = self._running[instrument] = self._begun(funding)
        return [*settled, *self._predict(running, funding)]

    def _begun(self, funding: FundingRate) -> _RunningInterval:
        # Before the interval begins, the running rate is that of another settlement.
        leads_s = [lead_s for lead_s in self._leads_s if lead_s <= funding.interval_s]
        return _RunningInterval(funding.next_funding_at, settlement_time(funding.next_funding_at), leads_s)

    def _predict(self, running: _RunningInterval, funding: FundingRate) -> list[FundingPrediction]:
        predictions = []
        while (lead_at := running.next_lead_at) is not None and lead_at <= funding.received_at:
            lead_s = running.leads_s.pop()
            prediction = FundingPrediction(
                funding.venue,
                funding.symbol,
                running.settles_at,
                lead_s,
                funding.funding_rate_per_interval,
                funding.received_at,
            )
            if funding.received_at - lead_at <= self._tolerance and self._keep(prediction):
                predictions.append(prediction)
        return predictions

    def _settle(self, instrument: InstrumentId, funding: FundingRate) -> list[FundingPrediction]:
        newest = funding.last_settled_at
        if newest is None or self._settled_at.get(instrument) == newest:
            return []
        self._settled_at[instrument] = newest
        rates = {settlement.at: settlement.rate_per_interval for settlement in settlements_of(funding)}
        unsettled = self._unsettled[instrument]
        # What was to be settled before the newest settlement and is not among those told never will be.
        past = [at for at in unsettled if at <= settlement_time(newest)]
        return [
            replace(prediction, settled_rate_per_interval=rates[at])
            for at in past
            for prediction in unsettled.pop(at).values()
            if at in rates
        ]

    def _keep(self, prediction: FundingPrediction) -> bool:
        """Keep what was predicted, unless something was for that lead; say whether it was kept."""
        unsettled = self._unsettled[InstrumentId(prediction.venue, prediction.symbol)]
        by_lead = unsettled.setdefault(prediction.settles_at, {})
        return by_lead.setdefault(prediction.lead_s, prediction) is prediction
