"""Transfers between an account's wallets, and its leverage."""

from decimal import Decimal

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin import max_notional
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.venue import Venue


def move_funds(venue: Venue, account: Account, asset: str, amount: Decimal, *, source: Market, target: Market) -> None:
    """Move the settlement asset from one wallet to the other. Raises `Rejected`."""
    if account.is_unified:
        raise Rejected(RejectReason.UNKNOWN_ASSET, "a unified account has one wallet")
    if asset != venue.config.settlement_asset or source is target:
        raise Rejected(RejectReason.UNKNOWN_ASSET, f"{asset} from {source} to {target}")
    if not amount.is_finite() or amount <= 0:
        raise Rejected(RejectReason.INVALID_AMOUNT, f"{amount}")
    free = account.spot.free(asset) if source is Market.SPOT else withdrawable(venue, account)
    if amount > free:
        raise Rejected(RejectReason.INSUFFICIENT_BALANCE, f"{amount} {asset} wanted, {free} free")
    signed = amount if source is Market.SPOT else -amount
    venue.bookkeeper.deposit_spot(account, asset, -signed, venue.now_ms)
    venue.bookkeeper.deposit_futures(account, signed, venue.now_ms)


def change_leverage(venue: Venue, account: Account, listing: Listing, leverage: int) -> None:
    """Set a symbol's leverage where brackets, position and margin allow it. Raises `Rejected`."""
    instrument = listing.instrument
    brackets = instrument.leverage_brackets
    if not 1 <= leverage <= brackets[0].max_leverage:
        raise Rejected(RejectReason.MAX_LEVERAGE, f"{leverage} is not in 1 to {brackets[0].max_leverage}")
    held = account.futures.position(instrument.symbol).quantity
    notional = abs(held) * venue.reference_price(listing)
    if notional > max_notional(brackets, leverage):
        raise Rejected(RejectReason.MAX_POSITION, f"notional {notional} is too large for {leverage}x")
    before = venue.margin.leverage(account, instrument.symbol)
    margin_now = venue.margin.initial_margin(account, instrument.symbol)
    needed = margin_now * before / leverage - margin_now
    if needed > venue.margin.available(account):
        raise Rejected(RejectReason.INSUFFICIENT_MARGIN, f"{leverage}x needs {needed} more")
    account.futures.leverages[instrument.symbol] = leverage


def withdrawable(venue: Venue, account: Account) -> Decimal:
    """Compute what may leave the futures wallet."""
    return min(account.futures.free_cash, venue.margin.available(account))
