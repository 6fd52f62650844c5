"""What a fill does to an account, and which items an account consists of: the one place that knows it by kind."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.execution import DifferenceKind, VenueBalance, VenuePosition
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.domain.wallets import Wallet

SPOT_WALLET = Wallet.SPOT.value
FUTURES_WALLET = Wallet.FUTURES.value
UNIFIED_WALLET = Wallet.UNIFIED.value
_INVERSE = frozenset({InstrumentKind.INVERSE_PERPETUAL, InstrumentKind.INVERSE_FUTURE})


class Item(NamedTuple):
    """One thing that a venue account holds some quantity of."""

    venue: str
    wallet: str
    kind: DifferenceKind
    name: str


class Change(NamedTuple):
    """What is added to an item."""

    item: Item
    quantity: Decimal


class Trade(NamedTuple):
    """What an account needs to know of a fill: base units, price in quote, fee as a cost."""

    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str


def wallet_of(instrument: Instrument) -> str:
    return FUTURES_WALLET if instrument.is_derivative else SPOT_WALLET


def balance_item(venue: str, wallet: str, currency: str) -> Item:
    return Item(venue, wallet, DifferenceKind.BALANCE, currency)


def position_item(venue: str, symbol: str) -> Item:
    return Item(venue, FUTURES_WALLET, DifferenceKind.POSITION, symbol)


def pooled(item: Item) -> Item:
    """Return an item as it stands at a venue that keeps all balances in one wallet."""
    return item._replace(wallet=UNIFIED_WALLET) if item.kind is DifferenceKind.BALANCE else item


def are_pooled(venue: str, items: Iterable[Item]) -> bool:
    """Tell by what is known of an account whether its venue keeps all balances in one wallet."""
    return any(item.venue == venue and item.wallet == UNIFIED_WALLET for item in items)


def is_held_in(instrument: Instrument, item: Item) -> bool:
    """Tell whether an item is the one that an instrument's base quantity is held in, wherever its venue keeps that."""
    held = held_item(instrument)
    return item in {held, pooled(held)}


def is_paid_from(instrument: Instrument, item: Item) -> bool:
    """Tell whether an item is the one that trades of an instrument are paid from, wherever its venue keeps that."""
    cash = cash_item(instrument)
    return item in {cash, pooled(cash)}


def held_item(instrument: Instrument) -> Item:
    """Return the item that an instrument's base quantity is held in where spot and derivatives have their own."""
    if instrument.is_derivative:
        return position_item(instrument.venue, instrument.symbol)
    return balance_item(instrument.venue, SPOT_WALLET, instrument.base)


def cash_item(instrument: Instrument) -> Item:
    """Return the item that trades of an instrument are paid from where spot and derivatives have their own."""
    currency = instrument.settle if instrument.is_derivative else instrument.quote
    return balance_item(instrument.venue, wallet_of(instrument), currency)


def changes_of(instrument: Instrument, trade: Trade) -> tuple[Change, ...]:
    """Return what a fill does to its account.

    A derivative's wallet is counted less what its positions cost, so a fill moves it by its full value, and the profit
    that a later fill realises does not move it again. An inverse contract costs its base quantity, whatever the price.
    """
    bought = trade.side.sign * trade.quantity
    paid = -bought if instrument.kind in _INVERSE else bought * trade.price
    cash = cash_item(instrument)
    return (
        Change(held_item(instrument), bought),
        Change(cash, -paid),
        Change(cash._replace(name=trade.fee_currency), -trade.fee),
    )


def settlement_changes(venue: str, symbol: str, held: Decimal, price: Decimal) -> tuple[Change, ...]:
    """Return what the settlement of a linear contract does to an account that held so much of it, signed."""
    _, quote, settle = _currencies_of(symbol)
    return (
        Change(position_item(venue, symbol), -held),
        Change(balance_item(venue, FUTURES_WALLET, settle or quote), held * price),
    )


def funding_change(venue: str, currency: str, amount: Decimal) -> Change:
    """Return what a funding payment does to its account."""
    return Change(balance_item(venue, FUTURES_WALLET, currency), amount)


def items_read(venue: str, balances: Iterable[VenueBalance], positions: Iterable[VenuePosition]) -> dict[Item, Decimal]:
    """Return what a reading of an account says of each item; what it leaves out is zero."""
    read: dict[Item, Decimal] = {}
    changes = [*_balances_read(venue, balances), *_positions_read(venue, positions)]
    is_pooled = are_pooled(venue, (change.item for change in changes))
    for change in changes:
        item = pooled(change.item) if is_pooled else change.item
        read[item] = read.get(item, Decimal(0)) + change.quantity
    return read


def _balances_read(venue: str, balances: Iterable[VenueBalance]) -> Iterator[Change]:
    for balance in balances:
        yield Change(balance_item(venue, balance.wallet, balance.currency), balance.total)


def _positions_read(venue: str, positions: Iterable[VenuePosition]) -> Iterator[Change]:
    for position in positions:
        yield Change(position_item(venue, position.symbol), position.quantity)
        base, quote, settle = _currencies_of(position.symbol)
        cost = -position.quantity if settle == base else position.quantity * position.entry_price
        yield Change(balance_item(venue, FUTURES_WALLET, settle or quote), -cost)


def _currencies_of(symbol: str) -> tuple[str, str, str]:
    """Read base, quote and settlement currency from a unified symbol such as `BTC/USD:BTC-261225`."""
    pair, _, settled = symbol.partition(":")
    base, _, quote = pair.partition("/")
    return base, quote, settled.partition("-")[0]
