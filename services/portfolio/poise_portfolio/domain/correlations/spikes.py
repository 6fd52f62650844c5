"""Correlations that rise together within a day: what was spread over many assets has become one bet."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Publish
from poise_common.contracts.state import CorrelationMatrix
from poise_portfolio.domain.parameters import CorrelationSpikes
from poise_portfolio.domain.records import MeanCorrelation

SPIKE_ALERT = "correlation_spike"


class Spikes:
    """Watches each window's mean correlation: an alert from when it is up by so much until it is so no more.

    It is up against its lowest in the time before. What stays up becomes usual: the low leaves the time that is looked
    back at, and the alert ends.
    """

    def __init__(self, parameters: CorrelationSpikes, past: Iterable[MeanCorrelation], alerts: AlertBook) -> None:
        self._parameters = parameters
        self._alerts = alerts
        self._lows: dict[str, deque[tuple[datetime, float]]] = defaultdict(deque)
        """By window: means that no later one is below, oldest first, so that the first is the lowest."""
        self._spikes: dict[str, MeanCorrelation] = {}
        for mean in past:
            self._take(mean)

    def start(self, now: datetime) -> Sequence[Publish]:
        """Say again what lasted when the service stopped."""
        return [
            publish
            for spike in self._spikes.values()
            for publish in self._watch(spike.window, spike.as_of, spike.mean_rho, now, firing=True)
        ]

    def is_spike(self, window: str) -> bool:
        return window in self._spikes

    def take(self, matrix: CorrelationMatrix, now: datetime) -> Sequence[Publish]:
        """Take a matrix; return the alert if one begins or ends with it."""
        if matrix.mean_rho is None:
            return ()
        rise = self._rise(matrix.window, matrix.as_of, matrix.mean_rho)
        least = self._parameters.ends_below if self.is_spike(matrix.window) else self._parameters.rise_min
        firing = rise >= least
        self._take(MeanCorrelation(matrix.window, matrix.as_of, matrix.mean_rho, firing))
        return self._watch(matrix.window, matrix.as_of, matrix.mean_rho, now, firing=firing)

    def _take(self, mean: MeanCorrelation) -> None:
        lows = self._lows[mean.window]
        while lows and lows[-1][1] >= mean.mean_rho:
            lows.pop()
        lows.append((mean.as_of, mean.mean_rho))
        self._forget(mean.window, mean.as_of)
        if mean.is_spike:
            self._spikes[mean.window] = mean
        else:
            self._spikes.pop(mean.window, None)

    def _rise(self, window: str, as_of: datetime, mean_rho: float) -> float:
        self._forget(window, as_of)
        lows = self._lows[window]
        return mean_rho - lows[0][1] if lows else 0.0

    def _forget(self, window: str, as_of: datetime) -> None:
        lows, since = self._lows[window], as_of - timedelta(hours=self._parameters.within_h)
        while lows and lows[0][0] < since:
            lows.popleft()

    def _watch(
        self, window: str, as_of: datetime, mean_rho: float, now: datetime, *, firing: bool
    ) -> Sequence[Publish]:
        low_at, low = self._lows[window][0]
        text = (
            f"{window}: correlations are {mean_rho:.2f} on average as of {as_of:%Y-%m-%d %H:%M} UTC,"
            f" {low:.2f} at {low_at:%Y-%m-%d %H:%M} UTC; a rise of {self._parameters.rise_min:.2f} within"
            f" {self._parameters.within_h:g} h is a spike"
        )
        return self._alerts.watch(SPIKE_ALERT, window, firing=firing, severity=Severity.WARNING, text=text, now=now)
