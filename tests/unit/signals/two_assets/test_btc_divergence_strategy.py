"""What the divergence strategy makes of a market, worked by hand."""

from datetime import timedelta
from math import exp

import numpy as np
import pytest
from tests.unit.signals.two_assets.markets import NOW, book, config, funding, hours, listed, market, universe

from poise_common.contracts.packages import CloseReason
from poise_signals.domain.cross_asset.btc_divergence import related
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.strategies.btc_divergence import BtcDivergence, BtcDivergenceParameters
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Unpriced

BARS = 200
UNIVERSE = universe(listed("BTC", "store_of_value"), listed("ALT"))
_dice = np.random.default_rng(11)
BTC = np.exp(np.cumsum(_dice.normal(0, 0.005, BARS)))
# Four hours as before, so that what stands in the books is the whole of the last move.
BTC[-4:] = BTC[-4]
ALT = BTC**1.5 * np.exp(_dice.normal(0, 0.004, BARS))
ALT[-4:] = ALT[-4]
RELATION = related(np.column_stack([ALT, BTC]), 4)
HELD = Held(100, 100, 0.01, NOW)


def strategy(enabled: bool = True) -> BtcDivergence:
    settings = config(btc_divergence={"enabled": enabled, "beta_bars": BARS})
    block = settings.block("btc_divergence")
    assert isinstance(block, BtcDivergenceParameters)
    return BtcDivergence(block, settings)


def moved(alt_return: float, btc_return: float) -> MarketView:
    """Return a market whose books stand so far, in log returns, from where both were four hours ago."""
    alt, btc = ALT[-4] * exp(alt_return), BTC[-4] * exp(btc_return)
    books = book("ALT", alt, alt * 1.0000001), book("BTC", btc, btc * 1.0000001)
    rates = funding("ALT", 0.0), funding("BTC", 0.0)
    return market(books, rates, (hours("ALT", ALT.tolist()), hours("BTC", BTC.tolist())))


def candidates(of: BtcDivergence) -> dict[str, Candidate]:
    return {each.asset: each for each in of.candidates(UNIVERSE)}


def entered(long: str, alt_return: float, btc_return: float) -> Edge:
    of = strategy()
    found = of.entry(candidates(of)[long], moved(alt_return, btc_return), 10_000, NOW)
    assert isinstance(found, Edge)
    return found


def test_an_asset_that_fell_beyond_its_beta_is_bought_against_bitcoin() -> None:
    """Three deviations below what Bitcoin's +1 % explains: (3 − 0.5) σ of a dollar of the asset, held against beta.

    Of the exposure, which is Bitcoin's as beta is above 1, that is 1 / beta as much.
    """
    assert RELATION is not None
    beta, (mean, deviation) = RELATION.beta, RELATION.residuals
    assert beta == pytest.approx(1.5, abs=0.15)
    found = entered("ALT", beta * 0.01 + mean - 3 * deviation, 0.01)
    gain = 2.5 * deviation / beta
    fees = 0.0007 * (1 / beta + 1)
    assert found.net_yield == pytest.approx(gain - fees - 0.0003, abs=1e-6)
    assert found.net_apr == pytest.approx(found.net_yield * 365 * 6 / (0.5 * (1 / beta + 1)), rel=1e-3)
    assert found.why_not is None
    long_usd, short_usd = found.long_price, found.short_price * found.hedge_ratio
    assert short_usd / long_usd == pytest.approx(beta, rel=1e-6)


def test_an_asset_that_ran_ahead_is_sold_against_bitcoin() -> None:
    assert RELATION is not None
    beta, (mean, deviation) = RELATION.beta, RELATION.residuals
    found = entered("BTC", -beta * 0.01 + mean + 3 * deviation, -0.01)
    assert found.why_not is None
    assert found.long_price / (found.short_price * found.hedge_ratio) == pytest.approx(beta, rel=1e-6)
    assert (entered("ALT", mean + 3 * deviation, 0.0).why_not or "").startswith("z -3.00 is not beyond 2")


def test_what_bitcoin_explains_is_no_divergence() -> None:
    assert RELATION is not None
    found = entered("ALT", RELATION.beta * -0.05 + RELATION.residuals.mean, -0.05)
    assert (found.why_not or "").lstrip("z -").startswith("0.00 is not beyond")


@pytest.mark.parametrize(
    ("deviations", "held_h", "close"),
    [
        (3.0, 1, None),
        (0.4, 1, CloseReason.CONVERGED),
        (-1.0, 1, CloseReason.CONVERGED),
        (4.5, 1, CloseReason.STOP_LOSS),
        (3.0, 4, CloseReason.AGE),
    ],
)
def test_it_leaves_where_it_came_back_ran_on_or_took_too_long(
    deviations: float, held_h: int, close: CloseReason | None
) -> None:
    assert RELATION is not None
    mean, deviation = RELATION.residuals
    of = strategy()
    held = HELD._replace(since=NOW - timedelta(hours=held_h))
    left = of.exit(candidates(of)["ALT"], moved(mean - deviations * deviation, 0.0), held, NOW)
    assert isinstance(left, EdgeLeft)
    assert left.close is close


def test_an_asset_that_does_not_follow_bitcoin_is_not_hedged_by_it() -> None:
    of = strategy()
    dice = np.random.default_rng(3)
    apart = np.exp(np.cumsum(dice.normal(0, 0.005, BARS))) * BTC**-0.5
    books = book("ALT", 1.0, 1.0001), book("BTC", 1.0, 1.0001)
    view = market(books, (), (hours("ALT", apart.tolist()), hours("BTC", BTC.tolist())))
    found = of.entry(candidates(of)["ALT"], view, 10_000, NOW)
    assert isinstance(found, Unpriced)
    assert "hedges nothing: 0.2 would" in found.reason


def test_switched_off_it_offers_nothing() -> None:
    assert not candidates(strategy(enabled=False))
