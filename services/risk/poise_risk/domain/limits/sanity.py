"""Whether a request makes sense at all: what must be known before any limit can be measured."""

from datetime import datetime
from decimal import Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import LegIntent, LegRole, LimitCheck, OpenPackage
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Instrument, Side
from poise_risk.domain.gate.entry import Entry, Proposal
from poise_risk.domain.limits.check import age_ms, all_or_nothing
from poise_risk.domain.rules.parameters import TwoAssetRules
from poise_risk.domain.rules.profiles import of


def system_mode(proposal: Proposal) -> LimitCheck:
    """Entries want an active system."""
    return all_or_nothing("system_mode", passed=proposal.mode is SystemMode.ACTIVE, detail=proposal.mode.value)


def request_in_time(proposal: Proposal) -> LimitCheck:
    """A request is good until it expires."""
    return in_time(proposal.request.expires_at, proposal.now)


def in_time(expires_at: datetime, now: datetime) -> LimitCheck:
    """Check that something has not expired."""
    late_ms = age_ms(expires_at, now)
    return all_or_nothing(
        "request_in_time", passed=late_ms < 0, detail="" if late_ms < 0 else f"expired {late_ms:.0f} ms ago"
    )


def portfolio_known(proposal: Proposal) -> LimitCheck:
    """Everything in terms of equity needs a fresh state of an opened ledger with something in it."""
    portfolio = proposal.portfolio
    if portfolio is None:
        return all_or_nothing("portfolio_known", passed=False, detail="portfolio state is unknown")
    if not portfolio.ledger_open:
        return all_or_nothing("portfolio_known", passed=False, detail="the ledger is not open")
    age_s = age_ms(portfolio.as_of, proposal.now) / 1000
    allowed_s = proposal.config.staleness.portfolio_s
    if age_s > allowed_s:
        return all_or_nothing(
            "portfolio_known", passed=False, value=age_s, allowed=allowed_s, detail="portfolio state is stale"
        )
    return all_or_nothing(
        "portfolio_known",
        passed=portfolio.equity_usd > 0,
        value=age_s,
        allowed=allowed_s,
        detail="" if portfolio.equity_usd > 0 else "no equity",
    )


def instruments_known(proposal: Proposal) -> LimitCheck:
    """Both instruments and the asset are in the universe, and each derivative's account is known."""
    unknown = [
        f"{intent.venue}:{intent.symbol}"
        for intent, instrument in _legs(proposal)
        if instrument is None or (instrument.is_derivative and instrument.venue not in proposal.accounts)
    ]
    if proposal.tier is None:
        unknown[:0] = proposal.request.assets
    return all_or_nothing(
        "instruments_known", passed=not unknown, detail=f"unknown: {', '.join(unknown)}" if unknown else ""
    )


def execution_answers(proposal: Proposal) -> LimitCheck:
    """Nothing is opened while execution keeps silent about a package: it may stand unhedged."""
    unanswered = proposal.unanswered_approvals
    return all_or_nothing(
        "execution_answers",
        passed=unanswered == 0,
        value=Decimal(unanswered),
        allowed=Decimal(0),
        detail="approvals that execution has said nothing of" if unanswered else "",
    )


def sizes_positive(proposal: Proposal) -> LimitCheck:
    """Quantities and prices of both legs are above zero."""
    smallest = min(min(intent.quantity, intent.decision_price, intent.limit_price) for intent, _ in _legs(proposal))
    return all_or_nothing("sizes_positive", passed=smallest > 0, value=smallest)


def package_new(proposal: Proposal) -> LimitCheck:
    """A package is opened once."""
    known = proposal.package_is_known
    return all_or_nothing("package_new", passed=not known, detail="already open or being opened" if known else "")


def legs_paired(proposal: Proposal) -> LimitCheck:
    """The long leg buys and the short leg sells, of the asset that is asked for or of two that may hedge each other."""
    long_instrument, short_instrument = proposal.long_instrument, proposal.short_instrument
    if long_instrument is None or short_instrument is None:
        return all_or_nothing("legs_paired", passed=False, detail="rules unknown")
    mistake = _mistaken_pairing(proposal, long_instrument, short_instrument)
    return all_or_nothing("legs_paired", passed=mistake is None, detail=mistake or "")


def books_fresh(proposal: Proposal) -> LimitCheck:
    """Both legs have a book with two sides, no older than allowed; the value is the older one's age in ms."""
    return freshness((proposal.long_book, proposal.short_book), proposal.config.staleness.book_ms, proposal.now)


def freshness(books: tuple[OrderBook | None, ...], allowed_ms: Decimal, now: datetime) -> LimitCheck:
    """Check the age of the oldest of these books."""
    known = [book for book in books if book is not None and book.bids and book.asks]
    if len(known) < len(books):
        return all_or_nothing("books_fresh", passed=False, allowed=allowed_ms, detail="no book")
    oldest_ms = max((age_ms(book.received_at, now) for book in known), default=Decimal(0))
    return all_or_nothing("books_fresh", passed=oldest_ms <= allowed_ms, value=oldest_ms, allowed=allowed_ms)


def venues_reconciled(proposal: Proposal) -> LimitCheck:
    """The accounts of both legs' venues were lately found to agree with our books."""
    return all_or_nothing(
        "venues_reconciled", passed=not proposal.venue_doubts, detail="; ".join(proposal.venue_doubts)
    )


def phase_open(proposal: Proposal) -> LimitCheck:
    """What the legs are of is open for trading in the desk's phase; while that is not known, nothing is."""
    if proposal.phase is None:
        return all_or_nothing("phase", passed=False, detail="the desk's phase is not known")
    open_ = all(proposal.config.is_open_for_trading(asset, proposal.phase) for asset in proposal.request.assets)
    return all_or_nothing("phase", passed=open_, detail=f"phase {proposal.phase}")


def package_minimum(entry: Entry) -> LimitCheck:
    """A package below this is not worth its trouble, in USD."""
    allowed = entry.limits.package_min_usd
    return all_or_nothing(
        "package_minimum",
        passed=entry.exposure_usd >= allowed,
        value=entry.exposure_usd,
        allowed=allowed,
        detail="at least",
    )


def venue_minimums(entry: Entry) -> LimitCheck:
    """Both legs reach their venue's smallest order, in base units and in USD."""
    below = [
        f"{leg.instrument.id} wants {leg.instrument.min_quantity} and {leg.instrument.min_notional} USD"
        for leg in entry.legs
        if leg.intent.quantity < leg.instrument.min_quantity or leg.intent.notional_usd < leg.instrument.min_notional
    ]
    return all_or_nothing("venue_minimums", passed=not below, detail="; ".join(below))


def _legs(proposal: Proposal) -> tuple[tuple[LegIntent, Instrument | None], tuple[LegIntent, Instrument | None]]:
    request = proposal.request
    return (request.long_leg, proposal.long_instrument), (request.short_leg, proposal.short_instrument)


def _mistaken_pairing(proposal: Proposal, long_instrument: Instrument, short_instrument: Instrument) -> str | None:
    request = proposal.request
    if (request.long_leg.role, request.short_leg.role) != (LegRole.LONG, LegRole.SHORT):
        return "each leg is in the other's place"
    if (request.long_leg.side, request.short_leg.side) != (Side.BUY, Side.SELL):
        return "the long leg buys and the short leg sells"
    if long_instrument.id == short_instrument.id:
        return "both legs are the same instrument"
    if not short_instrument.is_derivative and short_instrument.venue not in proposal.config.spot_borrow_venues:
        return f"no borrowing on {short_instrument.venue} to sell spot short"
    if long_instrument.base != request.asset:
        return f"the long leg must be of {request.asset}"
    return _mistaken_hedge(request, short_instrument.base, proposal.config.two_assets)


def _mistaken_hedge(request: OpenPackage, short_asset: str, rules: TwoAssetRules) -> str | None:
    """Say why one leg can't hedge the other: one asset does so one to one, two by strategies that are for that."""
    if short_asset == request.asset:
        return None if request.hedge_ratio == 1 else f"legs of one asset hedge one to one, not {request.hedge_ratio}"
    if request.strategy not in rules.strategies:
        return f"both legs must be of {request.asset}: {request.strategy} is not among two_assets.strategies"
    long_usd, short_usd = request.long_leg.notional_usd, request.short_leg.notional_usd
    apart_usd, allowed_usd = abs(long_usd - short_usd), of(rules.dollars_apart_max_pct, max(long_usd, short_usd))
    if apart_usd > allowed_usd:
        return f"the legs' dollars are {apart_usd:.2f} apart, allowed {allowed_usd:.2f}"
    return None
