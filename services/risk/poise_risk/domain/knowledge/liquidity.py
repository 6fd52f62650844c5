"""What an instrument's book usually holds, and how wide it usually is: a crisis is known by what is missing."""

from dataclasses import dataclass
from datetime import datetime
from math import exp, log
from typing import NamedTuple

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.rules.rulebook import Rulebook

_BPS = 10_000


class Liquidity(NamedTuple):
    """What a book holds on its thinner side, over the levels that are told, and how wide it is."""

    depth_usd: float
    spread_bps: float


class LiquidityNow(NamedTuple):
    """How a book is against what is usual of it."""

    depth_pct: float
    spread_times: float


def liquidity_of(book: OrderBook) -> Liquidity | None:
    """Measure a book; None where a side is empty or the sides touch."""
    if not book.bids or not book.asks:
        return None
    bid, ask = book.bids[0].price, book.asks[0].price
    depth_usd = min(sum(price * quantity for price, quantity in side) for side in (book.bids, book.asks))
    if depth_usd <= 0 or ask <= bid:
        return None
    return Liquidity(depth_usd, (ask - bid) / (ask + bid) * 2 * _BPS)


@dataclass(slots=True)
class _Watched:
    since: datetime
    sampled_at: datetime
    samples: int
    log_depth: float
    log_spread: float
    usual: Liquidity | None = None
    """None while it was not watched for long enough to say."""


class UsualLiquidity:
    """The geometric mean of each book's depth and spread: of the first while, then with a half-life.

    What is usual of a book that was watched for a minute is as slow to change as that of any other: a crisis must not
    become usual because it came early.
    """

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._watched: dict[InstrumentId, _Watched] = {}

    def take(self, book: OrderBook) -> None:
        """Sample a book, unless its last sample is hardly older."""
        id_, at = InstrumentId(book.venue, book.symbol), book.received_at
        watched, parameters = self._watched.get(id_), self._rules.usual_liquidity
        if watched is not None and at - watched.sampled_at < parameters.sampled_every:
            return
        now = liquidity_of(book)
        if now is None:
            return
        if watched is None:
            watched = self._watched[id_] = _Watched(at, at, 1, log(now.depth_usd), log(now.spread_bps))
        else:
            self._learn(watched, now, at)
        is_known = watched.sampled_at - watched.since >= parameters.known_after
        watched.usual = Liquidity(exp(watched.log_depth), exp(watched.log_spread)) if is_known else None

    def of(self, instrument_id: InstrumentId) -> Liquidity | None:
        """Return what is usual of an instrument; None while it was not watched for long enough to say."""
        watched = self._watched.get(instrument_id)
        return None if watched is None else watched.usual

    def compared(self, book: OrderBook) -> LiquidityNow | None:
        """Put a book beside what is usual of it; None where either is not known."""
        usual, now = self.of(InstrumentId(book.venue, book.symbol)), liquidity_of(book)
        if usual is None or now is None:
            return None
        return LiquidityNow(now.depth_usd * 100 / usual.depth_usd, now.spread_bps / usual.spread_bps)

    def _learn(self, watched: _Watched, now: Liquidity, at: datetime) -> None:
        faded = 1 - 0.5 ** ((at - watched.sampled_at).total_seconds() / float(self._rules.usual_liquidity.half_life_s))
        watched.samples += 1
        weight = faded if watched.usual is not None else 1 / watched.samples
        watched.sampled_at = at
        watched.log_depth += weight * (log(now.depth_usd) - watched.log_depth)
        watched.log_spread += weight * (log(now.spread_bps) - watched.log_spread)
