from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import START, Desk
from tests.unit.portfolio.test_correlation_windows import candle, correlating

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Alert
from poise_common.contracts.state import CorrelationMatrix
from poise_common.domain.ids import seeded_ids
from poise_common.platform.clock import utc_now
from poise_common.platform.observed_core import ObservedCore
from poise_portfolio.adapters.figures import show
from poise_portfolio.domain.correlations.rolling import known_off_diagonal
from poise_portfolio.domain.correlations.spikes import Spikes
from poise_portfolio.domain.parameters import CorrelationSpikes
from poise_portfolio.domain.records import Books, Matrix, MeanCorrelation

MINUTE = timedelta(minutes=1)
PARAMETERS = CorrelationSpikes(rise_min=0.2, ends_below=0.15, within_h=24)


class Watch:
    """Tells matrices by their means, hours apart."""

    def __init__(self, *past: MeanCorrelation) -> None:
        self.new_id = seeded_ids(3)
        self.spikes = Spikes(PARAMETERS, past, AlertBook("portfolio", self.new_id))
        self.alerts: list[Alert] = []
        self._took(self.spikes.start(START))

    def tell(self, *means: tuple[float, float | None], window: str = "24h") -> list[bool]:
        """Tell (hours since the start, mean) one after the other; return which alerts came, by whether they fire."""
        known = len(self.alerts)
        for hours, mean_rho in means:
            as_of = START + timedelta(hours=hours)
            fields: dict[str, Any] = {"assets": (), "rho": (), "points": 0}
            matrix = CorrelationMatrix.first(
                self.new_id(as_of), "test", as_of, window=window, as_of=as_of, mean_rho=mean_rho, **fields
            )
            self._took(self.spikes.take(matrix, as_of))
        return [alert.firing for alert in self.alerts[known:]]

    def _took(self, published: Any) -> None:
        self.alerts += [publish.message for publish in published]


def test_a_rise_within_a_day_is_told_once_and_closed_once_it_is_over() -> None:
    watch = Watch()
    assert watch.tell((0, 0.30), (5, 0.49), (6, 0.50), (7, 0.55), (8, 0.46)) == [True]
    assert watch.spikes.is_spike("24h")
    assert watch.tell((9, 0.44)) == [False]
    assert not watch.spikes.is_spike("24h")
    assert [(alert.name, alert.subject) for alert in watch.alerts] == [("correlation_spike", "24h")] * 2
    assert "0.50 on average" in watch.alerts[0].text
    assert "0.30 at 2026-03-02 12:00 UTC" in watch.alerts[0].text


def test_a_rise_over_more_than_a_day_is_none() -> None:
    watch = Watch()
    assert watch.tell(*((6 * step, 0.04 * step) for step in range(20))) == []


def test_what_stays_up_becomes_usual() -> None:
    watch = Watch()
    assert watch.tell((0, 0.1), (1, 0.6), (24, 0.6)) == [True]
    assert watch.tell((24.5, 0.6)) == [False]


def test_windows_are_watched_each_by_itself() -> None:
    watch = Watch()
    watch.tell((0, 0.1))
    assert watch.tell((1, 0.5), window="90d") == []
    assert watch.tell((2, 0.5)) == [True]
    assert (watch.spikes.is_spike("24h"), watch.spikes.is_spike("90d")) == (True, False)


def test_a_mean_that_is_unknown_says_nothing() -> None:
    watch = Watch()
    assert watch.tell((0, None), (1, 0.5), (2, None), (3, 0.75), (4, None)) == [True]
    assert watch.spikes.is_spike("24h")


def test_a_restart_remembers_the_low_of_before() -> None:
    low = MeanCorrelation("24h", START - timedelta(hours=20), 0.2, is_spike=False)
    assert Watch(low).tell((1, 0.41)) == [True]
    assert Watch(low).tell((5, 0.41)) == [], "more than a day later"


def test_a_restart_says_again_what_lasts_and_closes_it_later() -> None:
    low = MeanCorrelation("24h", START - timedelta(hours=2), 0.2, is_spike=False)
    high = MeanCorrelation("24h", START - timedelta(hours=1), 0.5, is_spike=True)
    watch = Watch(low, high)
    assert [alert.firing for alert in watch.alerts] == [True]
    assert watch.tell((1, 0.45)) == []
    assert watch.tell((2, 0.30)) == [False]


def test_a_spike_whose_day_has_passed_while_the_service_was_away_is_closed() -> None:
    watch = Watch(MeanCorrelation("24h", START - timedelta(days=3), 0.9, is_spike=True))
    assert watch.tell((0, 0.9)) == [False]


means = st.lists(
    st.tuples(st.floats(0.1, 9), st.integers(-90, 90).map(lambda hundredths: hundredths / 100)), min_size=1, max_size=40
)


@given(means, st.integers(0, 40))
def test_it_fires_as_the_lowest_of_the_day_says_whenever_it_was_restarted(
    steps: list[tuple[float, float]], restart_after: int
) -> None:
    watch, fires = Watch(), False
    told: list[MeanCorrelation] = []
    hours = 0.0
    for number, (step, mean_rho) in enumerate(steps):
        hours += step
        if number == restart_after:
            watch = Watch(*told)
        day = [old.mean_rho for old in told if old.as_of >= START + timedelta(hours=hours - 24)]
        rise = mean_rho - min([*day, mean_rho])
        watch.tell((hours, mean_rho))
        fires = rise >= (PARAMETERS.ends_below if fires else PARAMETERS.rise_min)
        assert watch.spikes.is_spike("24h") == fires
        told.append(MeanCorrelation("24h", START + timedelta(hours=hours), mean_rho, fires))


@pytest.mark.parametrize(
    ("rho", "known"),
    [
        ([[1.0, 0.2, 0.4], [0.2, 1.0, 0.6], [0.4, 0.6, 1.0]], [0.2, 0.2, 0.4, 0.4, 0.6, 0.6]),
        ([[1.0, 0.2, np.nan], [0.2, 1.0, np.nan], [np.nan, np.nan, np.nan]], [0.2, 0.2]),
        ([[1.0, np.nan], [np.nan, 1.0]], []),
        ([[1.0]], []),
    ],
)
def test_the_mean_is_over_what_is_known_of_different_assets(rho: list[list[float]], known: list[float]) -> None:
    assert sorted(known_off_diagonal(np.array(rho))) == known


def short_windows(books: Books | None = None) -> Desk:
    """Windows in which BTC and ETH are not correlated at all as long as each moves as it likes."""
    names = {"24h": "1m", "90d": "1h", "spread_returns": "1m"}
    windows = [{"name": name, "interval": names[name], "bars": 12, "min_points": 12} for name in names]
    return correlating(books, windows=windows)


def moving(desk: Desk, bars: int, *, together: bool) -> Desk:
    """Minutes in which BTC and ETH move as one, or each as it likes."""
    for bar in range(bars):
        up, other_up = bar % 2, (bar // 2) % 2
        for asset, is_up in (("BTC", up), ("ETH", up if together else other_up)):
            desk.tell(candle(desk, asset, 100.0 + is_up + 0.01 * bar, opened_at=desk.now - MINUTE))
        desk.wait(3)
        desk.wait(57)
    return desk


def spike_alerts(desk: Desk) -> list[bool]:
    return [alert.firing for alert in desk.alerts if (alert.name, alert.subject) == ("correlation_spike", "24h")]


def test_a_desk_whose_assets_begin_to_move_together_is_told_and_stores_the_matrix_that_says_so() -> None:
    desk = moving(short_windows(), 16, together=False)
    assert spike_alerts(desk) == []
    moving(desk, 12, together=True)
    assert spike_alerts(desk) == [True]
    raised = next(alert for alert in desk.alerts if alert.firing)
    stored = next(record for record in desk.stored(Matrix) if record.is_spike)
    assert stored.matrix.hops[0].at == raised.raised_at
    again = short_windows(books_of(desk.records))
    again.now = desk.now
    assert spike_alerts(again) == [True]
    assert spike_alerts(moving(again, 14, together=False)) == [True, False]
    assert not again.stored(Matrix)[-1].is_spike


def test_the_mean_and_its_age_are_metrics() -> None:
    desk = correlating()
    shown = ObservedCore(desk.core, show)
    desk.core = shown  # type: ignore[assignment]  # the shell's view of the same core
    moving(desk, 8, together=True)
    assert REGISTRY.get_sample_value("poise_correlation_mean", {"window": "24h"}) == pytest.approx(1.0, abs=1e-6)
    matrices = [message for message in desk.published if isinstance(message, CorrelationMatrix)]
    as_of = max(matrix.as_of for matrix in matrices if matrix.window == "24h")
    age_s = REGISTRY.get_sample_value("poise_correlation_age_seconds", {"window": "24h"})
    assert age_s == pytest.approx((utc_now() - as_of).total_seconds(), abs=60)
