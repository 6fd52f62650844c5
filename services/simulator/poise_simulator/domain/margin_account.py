"""An account's margins and positions at the current marks."""

from collections.abc import Callable
from decimal import Decimal

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.margin import liquidation_price, maintenance_margin, margin_exposure
from poise_simulator.domain.orders import Side
from poise_simulator.domain.views import FuturesAccount, Position

ZERO = Decimal(0)


class MarginDesk:
    """Computes margins; asks for futures and their marks by symbol."""

    def __init__(
        self,
        instrument_of: Callable[[str], Instrument],
        mark_of: Callable[[str], Decimal],
        default_leverage: int,
    ) -> None:
        """Use `mark_of` for every valuation."""
        self._instrument_of = instrument_of
        self._mark_of = mark_of
        self._default_leverage = default_leverage

    def leverage(self, account: Account, symbol: str) -> int:
        """Read an account's leverage in a symbol, within what its brackets allow."""
        brackets = self._instrument_of(symbol).leverage_brackets
        return account.futures.leverages.get(symbol, min(self._default_leverage, brackets[0].max_leverage))

    def margin_balance(self, account: Account) -> Decimal:
        """Add unrealised P&L to the cash that no spot order has locked."""
        return account.futures.free_cash + self._unrealised_pnl(account)

    def maintenance(self, account: Account) -> Decimal:
        """Sum maintenance margin over all positions."""
        return sum((self._maintenance(account, symbol) for symbol in account.futures.positions), ZERO)

    def initial_margin(self, account: Account, symbol: str, added: tuple[Side, Decimal] | None = None) -> Decimal:
        """Compute a symbol's initial margin, with an order's (side, notional) added to the open ones."""
        notional = account.futures.position(symbol).quantity * self._mark_of(symbol)
        resting = {Side.BUY: ZERO, Side.SELL: ZERO}
        for order in account.archive.open_in(Market.FUTURES, symbol):
            if not order.reduce_only and order.resting is not None:
                resting[order.side] += order.remaining_quantity * order.price
        if added is not None:
            resting[added[0]] += added[1]
        exposure = margin_exposure(notional, resting[Side.BUY], resting[Side.SELL])
        return exposure / self.leverage(account, symbol)

    def available(self, account: Account) -> Decimal:
        """Compute what new positions may use; never below 0."""
        used = sum((self.initial_margin(account, symbol) for symbol in self._touched(account)), ZERO)
        return max(ZERO, self.margin_balance(account) - used)

    def spendable(self, account: Account, asset: str) -> Decimal:
        """Compute what spot orders may use of an asset: what is free, and in a unified account no position's margin."""
        free = account.spot.free(asset)
        return min(free, self.available(account)) if account.shares_cash(asset) else free

    def position(self, account: Account, symbol: str) -> Position:
        """Show one position."""
        return self._position(account, symbol, self.margin_balance(account), self.maintenance(account))

    def view(self, account: Account) -> FuturesAccount:
        """Show the wallet and all positions and symbols with open orders."""
        margin_balance, maintenance = self.margin_balance(account), self.maintenance(account)
        positions = {
            symbol: self._position(account, symbol, margin_balance, maintenance) for symbol in self._touched(account)
        }
        in_positions = sum((p.initial_margin for p in positions.values()), ZERO)
        in_orders = sum((p.open_order_initial_margin for p in positions.values()), ZERO)
        wallet = account.futures
        return FuturesAccount(
            asset=wallet.asset,
            wallet_balance=wallet.balance,
            unrealised_pnl=margin_balance - wallet.free_cash,
            margin_balance=margin_balance,
            position_initial_margin=in_positions,
            open_order_initial_margin=in_orders,
            maintenance_margin=maintenance,
            available_balance=max(ZERO, margin_balance - in_positions - in_orders),
            positions=positions,
        )

    def _unrealised_pnl(self, account: Account) -> Decimal:
        held = account.futures.positions.items()
        return sum((p.unrealised_pnl(self._mark_of(symbol)) for symbol, p in held if p.quantity), ZERO)

    def _touched(self, account: Account) -> list[str]:
        held = {symbol for symbol, position in account.futures.positions.items() if position.quantity}
        ordered = {order.symbol for order in account.archive.open_in(Market.FUTURES)}
        return sorted(held | ordered)

    def _maintenance(self, account: Account, symbol: str) -> Decimal:
        quantity = account.futures.position(symbol).quantity
        if quantity == 0:
            return ZERO
        brackets = self._instrument_of(symbol).leverage_brackets
        return maintenance_margin(brackets, abs(quantity) * self._mark_of(symbol))

    def _position(self, account: Account, symbol: str, margin_balance: Decimal, maintenance: Decimal) -> Position:
        held, mark = account.futures.position(symbol), self._mark_of(symbol)
        leverage = self.leverage(account, symbol)
        initial = abs(held.quantity) * mark / leverage
        return Position(
            symbol=symbol,
            quantity=held.quantity,
            entry_price=held.entry_price,
            mark=mark,
            notional=held.quantity * mark,
            unrealised_pnl=held.unrealised_pnl(mark),
            realised_pnl=held.realised_pnl,
            liquidation_price=liquidation_price(
                self._instrument_of(symbol).leverage_brackets,
                quantity=held.quantity,
                mark=mark,
                margin_balance=margin_balance,
                maintenance_total=maintenance,
            ),
            leverage=leverage,
            initial_margin=initial,
            open_order_initial_margin=max(ZERO, self.initial_margin(account, symbol) - initial),
            maintenance_margin=self._maintenance(account, symbol),
            updated_ms=held.updated_ms,
        )
