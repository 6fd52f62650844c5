"""What happens to an account behind its client's back, on command."""

from decimal import Decimal

from poise_simulator.domain.account_settings import withdrawable
from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.venue import Venue


def transfer_from_outside(venue: Venue, account: Account, asset: str, amount: Decimal, wallet: Market) -> None:
    """Deposit into a wallet, or withdraw with a negative amount. Raises `Rejected`."""
    known = {name for (_, _), x in venue.listings.items() for name in (x.instrument.base, x.instrument.quote)}
    if asset not in known or (wallet is Market.FUTURES and asset != venue.config.settlement_asset):
        raise Rejected(RejectReason.UNKNOWN_ASSET, f"{asset} in the {wallet} wallet")
    if not amount.is_finite() or amount == 0:
        raise Rejected(RejectReason.INVALID_AMOUNT, f"{amount}: not 0")
    free = venue.margin.spendable(account, asset) if wallet is Market.SPOT else withdrawable(venue, account)
    if amount + free < 0:
        raise Rejected(RejectReason.INSUFFICIENT_BALANCE, f"{-amount} {asset} wanted, {free} free")
    if wallet is Market.SPOT:
        venue.bookkeeper.deposit_spot(account, asset, amount, venue.now_ms)
    else:
        venue.bookkeeper.deposit_futures(account, amount, venue.now_ms)


def liquidate(venue: Venue, account: Account, listing: Listing) -> None:
    """Take over a position. Raises `Rejected(NO_POSITION)`."""
    _held(account, listing)
    venue.liquidator.liquidate(account, listing.instrument.symbol, venue.now_ms)


def deleverage(venue: Venue, account: Account, listing: Listing, quantity: Decimal | None, share: Decimal) -> None:
    """Reduce a position at the mark by a quantity, or by a share of it. Raises `Rejected`."""
    held, instrument = _held(account, listing), listing.instrument
    lots = _lots(instrument, held, quantity, share)
    price_ticks = max(1, round(venue.reference_price(listing) / instrument.tick_size))
    venue.forced_orders.deleverage(account, listing, lots, price_ticks, venue.now_ms)


def _held(account: Account, listing: Listing) -> Decimal:
    symbol = listing.instrument.symbol
    held = abs(account.futures.position(symbol).quantity)
    if held == 0:
        raise Rejected(RejectReason.NO_POSITION, f"{account.account_id} holds no {symbol}")
    return held


def _lots(instrument: Instrument, held: Decimal, quantity: Decimal | None, share: Decimal) -> int:
    if quantity is None:
        return max(1, int(held * share / instrument.step_size))
    lots = instrument.lots_of(quantity)
    if lots is None or not 0 < quantity <= held:
        raise Rejected(
            RejectReason.INVALID_AMOUNT, f"{quantity}: a multiple of {instrument.step_size} up to {held} passes"
        )
    return lots
