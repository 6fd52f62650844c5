"""That the lab reckons rightly: what a trial makes is what a person would work out of its prices."""

from datetime import timedelta

import numpy as np
import pytest
from tests.simulation.strategies.lab import BookTooThin, Lab
from tests.simulation.strategies.scenes import START, Fees, Floats, Line, Listed, Scene, instrument
from tests.simulation.strategies.shipped import build, shipped

from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentKind

CONFIG = shipped()


def scene(premiums: list[float], *, fees: Fees = Fees(), rate: float = 0.0, level_usd: float = 1e6) -> Scene:  # noqa: B008
    """Spot at 100 and its perpetual so much above it, hour by hour, with one deep level of no spread on each side."""
    spot, mids = np.full(len(premiums), 100.0), 100.0 * (1 + np.array(premiums))

    def line(kind: InstrumentKind, path: Floats) -> Line:
        rates = np.full(len(premiums), rate)
        return Line(instrument("ETH", kind, fees=fees), path, 0.0, level_usd, levels=1, funding_rates=rates)

    return Scene((Listed("ETH", line(InstrumentKind.SPOT, spot), line(InstrumentKind.LINEAR_PERPETUAL, mids)),))


def lab() -> Lab:
    return Lab(build("funding_carry", CONFIG), CONFIG, notional_usd=10_000.0)


def test_a_premium_that_closes_earns_what_it_closed_by_less_four_fees() -> None:
    trial = lab().run(scene([0.0, 0.01, 0.01, 0.0], fees=Fees(taker=0.0005, maker=0.0002)))
    (package,) = trial.packages
    assert (package.opened_at, package.closed_at) == (START + timedelta(hours=2), START + timedelta(hours=4))
    assert package.reason is CloseReason.CONVERGED
    # 10,000 USD at 101 are 99.0099 of each leg. It earns 1 USD each, and pays 0.05 % of 100, 101, 100 and 100.
    assert package.short_quantity == pytest.approx(10_000 / 101, rel=1e-6)
    assert package.price_usd == pytest.approx(99.0099, rel=1e-5)
    assert package.fees_usd == pytest.approx(99.0099 * 0.0005 * 401, rel=1e-3)
    assert trial.pnl_usd == pytest.approx(99.0099 - 19.8515, rel=1e-3)


def test_funding_is_paid_at_each_settlement_on_what_is_short_then() -> None:
    # Opened at 02:00, held over the settlement of 08:00 and closed at 09:00; 0.1 % of 101 each on 99.0099: 10 USD.
    trial = lab().run(scene([0.0, 0.01, *[0.01] * 6, -0.01], rate=0.001))
    (package,) = trial.packages
    assert package.funding_usd == pytest.approx(10.0, rel=1e-5)
    assert trial.pnl_usd == pytest.approx(package.price_usd + 10.0 - package.fees_usd)


def test_what_is_held_at_the_end_is_closed_at_the_books_prices() -> None:
    trial = lab().run(scene([0.0, 0.01, 0.01]))
    (package,) = trial.packages
    assert (package.reason, package.price_usd) == (None, pytest.approx(0.0, abs=1e-6))
    assert trial.pnl_usd == pytest.approx(-package.fees_usd)


def test_why_it_did_not_enter_is_counted_without_figures() -> None:
    trial = lab().run(scene([0.0, 0.0005]))
    assert not trial.packages
    assert trial.refusals.total() == 2
    assert any("below the entry's" in reason for reason in trial.refusals)


def test_a_book_that_does_not_carry_a_closing_ends_the_trial() -> None:
    one = scene([0.0, 0.01, 0.0], level_usd=20_000.0)
    thin = Line(one.listed[0].hedge.instrument, np.array([100.0, 101.0, 300.0]), level_usd=20_000.0, levels=1)
    with pytest.raises(BookTooThin):
        lab().run(Scene((Listed("ETH", one.listed[0].spot, thin),)))


def test_lines_of_unlike_lengths_are_refused() -> None:
    one = scene([0.0, 0.01])
    with pytest.raises(ValueError, match="one length passes"):
        Scene((Listed("ETH", one.listed[0].spot, scene([0.0]).listed[0].hedge),))
