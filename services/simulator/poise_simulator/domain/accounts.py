"""Accounts, and how a fill changes what they hold."""

from decimal import Decimal
from itertools import count

from poise_simulator.domain.events import BalanceUpdated, Event, UpdateReason
from poise_simulator.domain.income import Income, IncomeType
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Fill, OrderType, Side
from poise_simulator.domain.wallets import FuturesWallet, Holdings, SpotTransfer, SpotWallet, to_money
from poise_simulator.domain.working_orders import OrderArchive, WorkingOrder

ZERO = Decimal(0)


class Account:
    """One customer: wallets and orders. `owner` marks its orders in the books.

    A unified account's futures are margined out of its spot wallet: the settlement asset is one balance for both.
    """

    def __init__(self, account_id: str, owner: int, settlement_asset: str, *, is_unified: bool = False) -> None:
        """Open an empty account."""
        self.account_id = account_id
        self.owner = owner
        self.is_unified = is_unified
        self.spot = SpotWallet(settlement_asset if is_unified else None)
        cash = self.spot if is_unified else Holdings(settlement_asset)
        self.futures = FuturesWallet(account_id, settlement_asset, cash)
        self.archive = OrderArchive()

    def shares_cash(self, asset: str) -> bool:
        """Tell whether an asset of the spot wallet also margins futures."""
        return self.is_unified and asset == self.futures.asset


class Bookkeeper:
    """Changes wallets for fills, funding and transfers, and tells of every balance that changed."""

    def __init__(self, events: list[Event]) -> None:
        """Number income records from 1."""
        self._events = events
        self._income_ids = count(1)

    def clear_spot(
        self, account: Account, instrument: Instrument, order: WorkingOrder, price: Decimal, quantity: Decimal
    ) -> None:
        """Exchange base and quote for one fill, before commission. Limit orders pay from what they locked."""
        wallet = account.spot
        quote = price * quantity
        if order.side is Side.BUY:
            if order.type is OrderType.LIMIT:
                wallet.lock(instrument.quote, (price - order.price) * quantity)
                wallet.spend_locked(instrument.quote, quote)
            else:
                wallet.add(instrument.quote, -quote)
            wallet.add(instrument.base, quantity)
        else:
            if order.type is OrderType.LIMIT:
                wallet.spend_locked(instrument.base, quantity)
            else:
                wallet.add(instrument.base, -quantity)
            wallet.add(instrument.quote, quote)

    def charge_spot(self, account: Account, instrument: Instrument, fill: Fill) -> None:
        """Take a spot fill's commission out of what it received."""
        account.spot.add(fill.commission_asset, -fill.commission)
        received, paid = fill.quantity, -fill.quote_quantity
        if fill.side is Side.SELL:
            received, paid = -received, -paid
        if fill.commission_asset == instrument.base:
            received -= fill.commission
        else:
            paid -= fill.commission
        self.tell_spot(account, instrument.base, received, fill.time_ms, UpdateReason.ORDER)
        self.tell_spot(account, instrument.quote, paid, fill.time_ms, UpdateReason.ORDER)

    def charge_futures(self, account: Account, fill: Fill, liquidation_fee: Decimal) -> None:
        """Book a perpetual fill's realised P&L and fees."""
        before = account.futures.balance
        self._book(account, IncomeType.REALISED_PNL, fill.realised_pnl, fill)
        self._book(account, IncomeType.COMMISSION, -fill.commission, fill)
        self._book(account, IncomeType.LIQUIDATION_FEE, -liquidation_fee, fill)
        reason = UpdateReason.LIQUIDATION if liquidation_fee else UpdateReason.ORDER
        self.tell_futures(account, account.futures.balance - before, fill.time_ms, reason)

    def pay_funding(self, account: Account, symbol: str, rate: Decimal, mark: Decimal, time_ms: int) -> Decimal:
        """Settle one symbol's funding: longs pay a positive rate. Returns the wallet's change."""
        amount = to_money(-account.futures.position(symbol).quantity * mark * rate)
        account.futures.book(
            IncomeType.FUNDING_FEE, amount, income_id=next(self._income_ids), time_ms=time_ms, symbol=symbol
        )
        if amount:
            self.tell_futures(account, amount, time_ms, UpdateReason.FUNDING_FEE)
        return amount

    def deliver(self, account: Account, symbol: str, price: Decimal, time_ms: int) -> Decimal:
        """Close a dated position at its delivery price, in cash and without a fee. Returns the wallet's change."""
        position = account.futures.position(symbol)
        amount = to_money(position.apply(-position.quantity, price, time_ms))
        wallet, income_id = account.futures, next(self._income_ids)
        # Entered though it may be nothing: it says that the position is gone.
        wallet.enter(
            Income(income_id, account.account_id, IncomeType.DELIVERY, wallet.asset, amount, symbol, None, time_ms, "")
        )
        self.tell_futures(account, amount, time_ms, UpdateReason.DELIVERY)
        return amount

    def cover_shortfall(self, account: Account, time_ms: int) -> None:
        """Let the insurance fund lift a flat wallet below zero back to it."""
        shortfall = -account.futures.balance
        account.futures.book(IncomeType.INSURANCE_CLEAR, shortfall, income_id=next(self._income_ids), time_ms=time_ms)
        self.tell_futures(account, shortfall, time_ms, UpdateReason.LIQUIDATION)

    def deposit_spot(self, account: Account, asset: str, amount: Decimal, time_ms: int) -> None:
        """Add to a free spot balance (or take from it) as a transfer."""
        if account.shares_cash(asset):
            self.deposit_futures(account, amount, time_ms)
            return
        account.spot.add(asset, amount)
        account.spot.transfers.append(SpotTransfer(time_ms, asset, amount))
        self.tell_spot(account, asset, amount, time_ms, UpdateReason.TRANSFER)

    def deposit_futures(self, account: Account, amount: Decimal, time_ms: int) -> None:
        """Add to the futures wallet (or take from it) as a transfer."""
        account.futures.book(
            IncomeType.TRANSFER, amount, income_id=next(self._income_ids), time_ms=time_ms, info="TRANSFER"
        )
        self.tell_futures(account, amount, time_ms, UpdateReason.TRANSFER)

    def tell_spot(self, account: Account, asset: str, change: Decimal, time_ms: int, reason: UpdateReason) -> None:
        """Tell of one spot asset's balance."""
        wallet = account.spot
        self._events.append(
            BalanceUpdated(
                account.account_id,
                time_ms,
                Market.SPOT,
                asset,
                wallet.free(asset),
                wallet.locked(asset),
                change,
                reason,
            )
        )

    def tell_futures(self, account: Account, change: Decimal, time_ms: int, reason: UpdateReason) -> None:
        """Tell of the perpetuals wallet's balance."""
        wallet = account.futures
        self._events.append(
            BalanceUpdated(
                account.account_id,
                time_ms,
                Market.FUTURES,
                wallet.asset,
                wallet.balance,
                ZERO,
                change,
                reason,
            )
        )

    def _book(self, account: Account, kind: IncomeType, amount: Decimal, fill: Fill) -> None:
        account.futures.book(
            kind,
            amount,
            income_id=next(self._income_ids),
            time_ms=fill.time_ms,
            symbol=fill.symbol,
            trade_id=fill.trade_id,
        )
