"""The gate for closings: never refused for exposure, only for what makes no sense."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import ClosePackage, LegIntent, LimitCheck
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_risk.domain.gate.judging import Refused
from poise_risk.domain.limits.check import all_or_nothing
from poise_risk.domain.limits.collar import collar_price
from poise_risk.domain.limits.sanity import freshness, in_time
from poise_risk.domain.rules.parameters import LimitsConfig


class Authority(Enum):
    """In whose name a closing is asked for."""

    REQUESTER = "requester"
    RISK = "risk"
    """Risk's own closings pass while halted."""
    FLATTENING = "flattening"
    """What the operator or the kill switch ordered: it passes while halted, and by the last known prices too."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What a package holds of one instrument: base units, unsigned."""

    instrument_id: InstrumentId
    quantity: Decimal
    instrument: Instrument | None
    price: Decimal | None = None
    """What it was approved at, where that is known."""


@dataclass(frozen=True, slots=True)
class HeldPair:
    """Both legs of a package that is held."""

    long_leg: Holding
    short_leg: Holding

    @property
    def legs(self) -> tuple[Holding, Holding]:
        return self.long_leg, self.short_leg


@dataclass(frozen=True, slots=True)
class Closing:
    """A request to close beside what risk knows when it comes."""

    request: ClosePackage
    now: datetime
    mode: SystemMode
    authority: Authority
    config: LimitsConfig
    held: HeldPair | None
    under_way: bool
    """Another closing of the package was approved and its outcome is not known."""
    long_book: OrderBook | None
    short_book: OrderBook | None


@dataclass(frozen=True, slots=True)
class Released:
    """The closing may be made with these legs."""

    long_leg: LegIntent
    short_leg: LegIntent
    checks: tuple[LimitCheck, ...]


def judge_closing(closing: Closing) -> Released | Refused:
    """Let a sane closing through; limit prices beyond the collar are brought in to it, so that it never waits."""
    checks = tuple(check(closing) for check in CLOSING_CHECKS)
    failed = next((check for check in checks if not check.passed), None)
    if failed is not None:
        return Refused(checks, failed)
    request, held = closing.request, closing.held
    if closing.authority is Authority.FLATTENING:
        return Released(request.long_leg, request.short_leg, checks)
    if held is None or closing.long_book is None or closing.short_book is None:
        return Refused(checks, checks[0])
    collar_bps = closing.config.limits.collar_max_bps
    long_leg = _within_collar(request.long_leg, closing.long_book, collar_bps, held.long_leg.instrument)
    short_leg = _within_collar(request.short_leg, closing.short_book, collar_bps, held.short_leg.instrument)
    moved = (long_leg, short_leg) != (request.long_leg, request.short_leg)
    collar = all_or_nothing("price_collar", passed=True, detail="brought in to the collar" if moved else "")
    return Released(long_leg, short_leg, (*checks, collar))


def _mode_allows(closing: Closing) -> LimitCheck:
    passed = closing.authority is not Authority.REQUESTER or closing.mode is not SystemMode.HALTED
    return all_or_nothing("system_mode", passed=passed, detail=closing.mode.value)


def _in_time(closing: Closing) -> LimitCheck:
    return in_time(closing.request.expires_at, closing.now)


def _package_held(closing: Closing) -> LimitCheck:
    return all_or_nothing(
        "package_held", passed=closing.held is not None, detail="" if closing.held else "no such package is held"
    )


def _not_under_way(closing: Closing) -> LimitCheck:
    return all_or_nothing(
        "closing_new", passed=not closing.under_way, detail="a closing is under way" if closing.under_way else ""
    )


def _legs_reverse_the_held(closing: Closing) -> LimitCheck:
    held, request = closing.held, closing.request
    if held is None:
        return all_or_nothing("legs_reversed", passed=False, detail="nothing held")
    same = (request.long_leg.instrument_id, request.short_leg.instrument_id) == (
        held.long_leg.instrument_id,
        held.short_leg.instrument_id,
    )
    reversed_ = (request.long_leg.side, request.short_leg.side) == (Side.SELL, Side.BUY)
    detail = "" if same and reversed_ else "the long leg sells and the short leg buys what the package holds"
    return all_or_nothing("legs_reversed", passed=same and reversed_, detail=detail)


def _no_more_than_held(closing: Closing) -> LimitCheck:
    held, request = closing.held, closing.request
    if held is None:
        return all_or_nothing("quantity_held", passed=False, detail="nothing held")
    pairs = ((request.long_leg, held.long_leg), (request.short_leg, held.short_leg))
    for intent, holding in pairs:
        if intent.quantity < 0 or intent.quantity > holding.quantity:
            return all_or_nothing(
                "quantity_held",
                passed=False,
                value=intent.quantity,
                allowed=holding.quantity,
                detail=str(holding.instrument_id),
            )
    total = sum((intent.quantity for intent, _ in pairs), Decimal(0))
    return all_or_nothing(
        "quantity_held", passed=total > 0, value=total, detail="" if total > 0 else "nothing to close"
    )


def _books_fresh(closing: Closing) -> LimitCheck:
    if closing.authority is Authority.FLATTENING:
        return all_or_nothing("books_fresh", passed=True, detail="flattening goes by what is known")
    return freshness((closing.long_book, closing.short_book), closing.config.staleness.book_ms, closing.now)


CLOSING_CHECKS = (
    _mode_allows,
    _in_time,
    _package_held,
    _not_under_way,
    _legs_reverse_the_held,
    _no_more_than_held,
    _books_fresh,
)


def _within_collar(intent: LegIntent, book: OrderBook, collar_bps: Decimal, instrument: Instrument | None) -> LegIntent:
    worst = collar_price(book, intent.side, collar_bps, instrument)
    beyond = (intent.limit_price - worst) * intent.side.sign > 0
    if not beyond and intent.limit_price > 0:
        return intent
    return intent.model_copy(update={"limit_price": worst})
