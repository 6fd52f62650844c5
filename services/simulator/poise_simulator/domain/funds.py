"""Whether an account can pay for an order."""

from decimal import Decimal

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.filters import CheckedOrder
from poise_simulator.domain.instruments import Instrument
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin import max_notional
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.matching import OrderBook
from poise_simulator.domain.orders import OrderType, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

ZERO = Decimal(0)


def check_spot_funds(desk: MarginDesk, account: Account, listing: Listing, checked: CheckedOrder, lots: int) -> None:
    """Check a spot order's cost against what may be spent. Raises `Rejected(INSUFFICIENT_BALANCE)`."""
    instrument, request = listing.instrument, checked.request
    asset = instrument.quote if request.side is Side.BUY else instrument.base
    if request.side is Side.SELL:
        needed = instrument.quantity_of(lots)
    elif checked.price_ticks is None:
        needed = _cost_of_taking(listing, lots)
    else:
        needed = spot_lock(instrument, request.side, checked.price_ticks, lots)
    free = desk.spendable(account, asset)
    if needed > free:
        raise Rejected(RejectReason.INSUFFICIENT_BALANCE, f"needs {needed} {asset}, {free} is free")


def spot_lock(instrument: Instrument, side: Side, ticks: int, lots: int) -> Decimal:
    """Compute what a resting spot order keeps locked."""
    quantity = instrument.quantity_of(lots)
    return quantity * instrument.price_of(ticks) if side is Side.BUY else quantity


def check_margin(
    desk: MarginDesk, account: Account, listing: Listing, checked: CheckedOrder, *, lots: int, mark: Decimal
) -> None:
    """Check the initial margin, taker fee and opening loss of a perpetual order that adds exposure.

    Raises `Rejected` with INSUFFICIENT_MARGIN or MAX_POSITION.
    """
    request, instrument = checked.request, listing.instrument
    if request.reduce_only:
        return
    price = _expected_price(listing, checked, mark)
    quantity = instrument.quantity_of(lots)
    notional = quantity * price
    before = desk.initial_margin(account, instrument.symbol)
    after = desk.initial_margin(account, instrument.symbol, (request.side, notional))
    if after <= before:
        return
    leverage = desk.leverage(account, instrument.symbol)
    cap = max_notional(instrument.leverage_brackets, leverage)
    if after * leverage > cap:
        raise Rejected(RejectReason.MAX_POSITION, f"notional {after * leverage} is over {cap} at {leverage}x")
    opening_loss = max(ZERO, request.side.sign * (price - mark)) * quantity
    needed = after - before + opening_loss + notional * instrument.taker_fee_rate
    available = desk.available(account)
    if needed > available:
        raise Rejected(RejectReason.INSUFFICIENT_MARGIN, f"needs {needed}, {available} is available")


def lots_for_quote(book: OrderBook, instrument: Instrument, side: Side, quote: Decimal) -> int:
    """Count the lots that a quote amount trades into the book; 0 when it buys none."""
    against, left, lots = book.side(side.opposite), quote, 0
    for ticks in against.from_best():
        lot_price = instrument.price_of(ticks) * instrument.step_size
        affordable = int(left / lot_price)
        taken = min(affordable, against.totals[ticks])
        lots += taken
        left -= taken * lot_price
        if taken == affordable:
            break
    return lots


def _cost_of_taking(listing: Listing, lots: int) -> Decimal:
    cost, asks = 0, listing.book.asks
    for ticks in asks.from_best():
        taken = min(lots, asks.totals[ticks])
        cost += taken * ticks
        lots -= taken
        if lots == 0:
            break
    return cost * listing.instrument.tick_size * listing.instrument.step_size


def _expected_price(listing: Listing, checked: CheckedOrder, mark: Decimal) -> Decimal:
    if checked.request.type is OrderType.LIMIT and checked.price_ticks is not None:
        return listing.instrument.price_of(checked.price_ticks)
    best = listing.book.side(checked.request.side.opposite).best
    return mark if best is None else listing.instrument.price_of(best)
