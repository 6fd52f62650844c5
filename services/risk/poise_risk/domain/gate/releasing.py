"""The gate for closings: what makes sense passes, priced within the collar and no larger than the books carry."""

from dataclasses import dataclass, replace
from decimal import Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import LegIntent, LimitCheck, OrderStyle, Verdict
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import Instrument
from poise_risk.domain.gate.closing import Authority, Closing, HeldPair, Holding
from poise_risk.domain.gate.closing_sizes import LegToClose, fitted_to_depth
from poise_risk.domain.gate.judging import Refused, told
from poise_risk.domain.knowledge.depth import average_price, carried_quantity
from poise_risk.domain.knowledge.pegs import mid_price
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.limits.closings import CLOSING_CHECKS, books_fresh
from poise_risk.domain.limits.collar import collar_price

_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Released:
    """The closing may be made with these legs."""

    long_leg: LegIntent
    short_leg: LegIntent
    hedge: Hedge
    checks: tuple[LimitCheck, ...]
    binding: LimitCheck | None = None
    """What made it smaller."""
    slippage: str = ""
    """What taking it at once is expected to cost."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.APPROVED if self.binding is None else Verdict.APPROVED_SMALLER

    @property
    def exposure_usd(self) -> Decimal:
        return max(self.long_leg.notional_usd, self.short_leg.notional_usd)

    @property
    def terms(self) -> str:
        """Say by what it was made smaller and what it will cost, each where there is something to say."""
        smaller = "" if self.binding is None else f"smaller: {told(self.binding)}"
        return "; ".join(part for part in (smaller, self.slippage) if part)


@dataclass(frozen=True, slots=True)
class _Books:
    """The books of what is to be traded, fresh and with two sides; a leg that holds nothing may have none."""

    long_leg: OrderBook | None
    short_leg: OrderBook | None


def judge_closing(closing: Closing) -> Released | Refused:
    """Let a sane closing through; limit prices beyond the collar are brought in to it, so that it never waits."""
    checks = tuple(check(closing) for check in CLOSING_CHECKS)
    failed = next((check for check in checks if not check.passed), None)
    if failed is not None or closing.held is None:
        return Refused(checks, failed or checks[0])
    released = Released(closing.request.long_leg, closing.request.short_leg, closing.held.hedge, checks)
    books = _fresh_books(closing)
    if books is None:
        return replace(released, slippage="expected slippage is unknown: no fresh books")
    if closing.authority is not Authority.FLATTENING:
        released = _within_collar(released, books, closing.held, closing.config.limits.collar_max_bps)
    if closing.request.style is OrderStyle.POST_ONLY:
        return replace(released, slippage=f"if it is taken after resting, {_expected_slippage(released, books)}")
    fitted = _within_depth(released, books, closing.held)
    return replace(fitted, slippage=_expected_slippage(fitted, books))


def _fresh_books(closing: Closing) -> _Books | None:
    """Return the books to measure by: what is closed by last known prices goes whole."""
    known = replace(closing, authority=Authority.RISK)
    return _Books(closing.long_book, closing.short_book) if books_fresh(known).passed else None


def _within_collar(released: Released, books: _Books, held: HeldPair, collar_bps: Decimal) -> Released:
    long_leg = _collared(released.long_leg, books.long_leg, collar_bps, held.long_leg.instrument)
    short_leg = _collared(released.short_leg, books.short_leg, collar_bps, held.short_leg.instrument)
    moved = (long_leg, short_leg) != (released.long_leg, released.short_leg)
    collar = all_or_nothing("price_collar", passed=True, detail="brought in to the collar" if moved else "")
    return replace(released, long_leg=long_leg, short_leg=short_leg, checks=(*released.checks, collar))


def _collared(
    intent: LegIntent, book: OrderBook | None, collar_bps: Decimal, instrument: Instrument | None
) -> LegIntent:
    if book is None or not intent.quantity:
        return intent
    worst = collar_price(book, intent.side, collar_bps, instrument)
    beyond = (intent.limit_price - worst) * intent.side.sign > 0
    if not beyond and intent.limit_price > 0:
        return intent
    return intent.model_copy(update={"limit_price": worst})


def _within_depth(released: Released, books: _Books, held: HeldPair) -> Released:
    """Leave for later what the books can't take within the orders' limits."""
    long_size, short_size = fitted_to_depth(
        (_to_close(released.long_leg, held.long_leg), _to_close(released.short_leg, held.short_leg)),
        (_carried(released.long_leg, books.long_leg), _carried(released.short_leg, books.short_leg)),
        held.hedge,
    )
    fitted = replace(
        released,
        long_leg=released.long_leg.model_copy(update={"quantity": long_size}),
        short_leg=released.short_leg.model_copy(update={"quantity": short_size}),
    )
    cut = (fitted.long_leg, fitted.short_leg) != (released.long_leg, released.short_leg)
    depth = LimitCheck(
        limit="book_depth",
        value=released.exposure_usd,
        allowed=fitted.exposure_usd,
        passed=not cut,
        passing_exposure_usd=fitted.exposure_usd if cut else None,
        detail="the rest follows" if cut else "",
    )
    return replace(fitted, checks=(*fitted.checks, depth), binding=depth if cut else None)


def _to_close(intent: LegIntent, holding: Holding) -> LegToClose:
    price = min(intent.decision_price, intent.limit_price)
    return LegToClose(intent.quantity, holding.quantity, price, holding.instrument)


def _carried(intent: LegIntent, book: OrderBook | None) -> Decimal:
    return Decimal(0) if book is None else carried_quantity(book, intent.side, intent.limit_price)


def _expected_slippage(released: Released, books: _Books) -> str:
    """Say how much worse than the middle the books fill both legs, in USD and in bps of what is traded.

    From the middle, so that a spread that has widened counts as much as levels that have thinned out.
    """
    lost_usd = traded_usd = Decimal(0)
    for intent, book in ((released.long_leg, books.long_leg), (released.short_leg, books.short_leg)):
        if book is None or intent.quantity <= 0:
            continue
        middle, average = mid_price(book), average_price(book, intent.side, intent.quantity)
        if middle is None or average is None:
            return "expected slippage is unknown: the books show too little"
        lost_usd += intent.quantity * abs(average - middle)
        traded_usd += intent.quantity * middle
    return f"expected slippage {lost_usd / traded_usd * _BPS:.1f} bps, {lost_usd:.2f} USD"
