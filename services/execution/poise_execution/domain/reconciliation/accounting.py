"""What a fill does to an account, and which items an account consists of: the one place that knows it by kind."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.execution import DifferenceKind, VenueBalance, VenuePosition
from poise_common.domain.instruments import Instrument, InstrumentKind, Side

SPOT_WALLET = "spot"
FUTURES_WALLET = "futures"
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


def held_item(instrument: Instrument) -> Item:
    """Return the item that an instrument's base quantity is held in."""
    if instrument.is_derivative:
        return position_item(instrument.venue, instrument.symbol)
    return balance_item(instrument.venue, SPOT_WALLET, instrument.base)


def cash_item(instrument: Instrument) -> Item:
    """Return the item that trades of an instrument are paid from."""
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


def funding_change(venue: str, currency: str, amount: Decimal) -> Change:
    """Return what a funding payment does to its account."""
    return Change(balance_item(venue, FUTURES_WALLET, currency), amount)


def items_read(venue: str, balances: Iterable[VenueBalance], positions: Iterable[VenuePosition]) -> dict[Item, Decimal]:
    """Return what a reading of an account says of each item; what it leaves out is zero."""
    read: dict[Item, Decimal] = {}
    for change in (*_balances_read(venue, balances), *_positions_read(venue, positions)):
        read[change.item] = read.get(change.item, Decimal(0)) + change.quantity
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
