"""Cash and derivative positions of every venue account, from fills and payments, each counted once."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from poise_common.contracts.execution import (
    AccountReported,
    ContractSettled,
    DifferenceAcknowledged,
    DifferenceKind,
    FundingPaid,
    LegFilled,
)
from poise_common.domain.wallets import Wallet
from poise_portfolio.domain.ledger.markets import Market, is_booked, market_of, reported_position, size_of
from poise_portfolio.domain.ledger.positions import FLAT, ZERO, Position
from poise_portfolio.domain.records import Account, Books, Cash, HeldPosition, IncomeKey, TradeKey
from poise_portfolio.domain.worth.marks import PriceOf

_MONEY_GRID = Decimal("0.00000001")
"""Venues book realised P&L to 8 decimals; so does the ledger, so that the two never drift apart."""

_OF_CONTRACTS = frozenset({Wallet.FUTURES, Wallet.UNIFIED})

Change = Cash | HeldPosition | Account


class Ledger:
    """The desk's own account of what each venue holds for it."""

    def __init__(self, books: Books) -> None:
        self._cash = {(cash.venue, cash.wallet, cash.currency): cash.total for cash in books.cash}
        self._positions = {(held.venue, held.symbol): held.position for held in books.positions}
        self._provisional = {(held.venue, held.symbol) for held in books.positions if held.is_provisional}
        self._accounts = {account.venue: account for account in books.accounts}
        self._locks = set(books.acknowledged_locks)
        self._trades = set(books.trades)
        self._incomes = set(books.incomes)

    @property
    def cash(self) -> dict[tuple[str, str, str], Decimal]:
        """Balances by venue, wallet and currency."""
        return self._cash

    @property
    def positions(self) -> dict[tuple[str, str], Position]:
        """Derivative positions by venue and symbol."""
        return self._positions

    @property
    def accounts(self) -> dict[str, Account]:
        """Accounts that were opened, by venue."""
        return self._accounts

    @property
    def fills(self) -> int:
        """How many fills were counted."""
        return len(self._trades)

    def has_counted_fill(self, fill: LegFilled) -> bool:
        return TradeKey(fill.venue, fill.symbol, fill.trade_id, fill.side) in self._trades

    def has_counted_payment(self, payment: FundingPaid) -> bool:
        return IncomeKey(payment.venue, payment.symbol, payment.income_id) in self._incomes

    def has_acknowledged(self, news: DifferenceAcknowledged) -> bool:
        return news.lock_id in self._locks

    def has_read(self, report: AccountReported) -> bool:
        account = self._accounts.get(report.venue)
        return account is not None and report.as_of <= account.reported_at

    def open(self, report: AccountReported) -> list[Change]:
        """Open an account with what the venue holds; fills told before are part of it."""
        self._cash |= {key: ZERO for key in self._cash if key[0] == report.venue}
        self._positions |= {key: FLAT for key in self._positions if key[0] == report.venue}
        for balance in report.balances:
            self._cash[report.venue, balance.wallet, balance.currency] = balance.total
        for held in report.positions:
            if held.quantity:
                self._positions[report.venue, held.symbol] = reported_position(
                    held.symbol, held.quantity, held.entry_price
                )
        account = Account(
            venue=report.venue,
            opened_at=report.as_of,
            reported_at=report.as_of,
            margin_balance_usd=report.margin_balance_usd,
            initial_margin_usd=report.initial_margin_usd,
            maintenance_margin_usd=report.maintenance_margin_usd,
        )
        self._accounts[report.venue] = account
        cash = [Cash(*key, total) for key, total in self._cash.items() if key[0] == report.venue]
        positions = [self._held(key) for key in self._positions if key[0] == report.venue]
        return [account, *cash, *positions]

    def brought(self, venue: str, brought_usd: Decimal) -> Account:
        """Note what an account brought when it was opened."""
        account = replace(self._accounts[venue], brought_usd=brought_usd)
        self._accounts[venue] = account
        return account

    def compared(self, report: AccountReported, residual_usd: Decimal, *, is_alerting: bool) -> Account:
        """Note the venue's figures and what of them stays unexplained; the ledger itself is never bent to fit."""
        account = replace(
            self._accounts[report.venue],
            reported_at=report.as_of,
            margin_balance_usd=report.margin_balance_usd,
            initial_margin_usd=report.initial_margin_usd,
            maintenance_margin_usd=report.maintenance_margin_usd,
            residual_usd=residual_usd,
            is_alerting=is_alerting,
        )
        self._accounts[report.venue] = account
        return account

    def acknowledge(self, news: DifferenceAcknowledged, price_of: PriceOf) -> list[Change]:
        """Follow a venue's account in what the operator took as it is.

        A derivatives wallet is told less what its positions cost, so what a position's cost changes by goes through it.
        """
        self._locks.add(news.lock_id)
        balances, positions = set(), set()
        for line in news.differences:
            amount = line.actual - line.expected
            if line.kind is DifferenceKind.BALANCE:
                balances.add(self._move(news.venue, Wallet(line.wallet), line.name, amount))
            elif line.kind is DifferenceKind.POSITION and is_booked(line.name):
                key = (news.venue, line.name)
                balances.add(self._take_position(key, amount, price_of(*key)))
                positions.add(key)
        touches_contracts = any(line.wallet in _OF_CONTRACTS for line in news.differences)
        if touches_contracts:
            # The venue's entry prices may be others now; the next report says which.
            open_ = {key for key, held in self._positions.items() if key[0] == news.venue and held.quantity}
            self._provisional |= open_
            positions |= open_
        return [*(Cash(*key, self._cash[key]) for key in sorted(balances)), *map(self._held, sorted(positions))]

    def align(self, report: AccountReported) -> list[Change]:
        """Take the venue's own entry price for positions that were acknowledged: the worth of the account stays."""
        changes: list[Change] = []
        for told in report.positions:
            key = (report.venue, told.symbol)
            if key not in self._provisional:
                continue
            held = self._positions.get(key, FLAT)
            reported = reported_position(told.symbol, told.quantity, told.entry_price)
            if size_of(told.symbol, held) != size_of(told.symbol, reported):
                continue
            self._provisional.remove(key)
            self._positions[key] = reported
            cash = self._follow_cost(key, held)
            changes += [Cash(*cash, self._cash[cash]), self._held(key)]
        return changes

    def fill(self, fill: LegFilled) -> list[Change]:
        """Count a fill: spot moves both currencies, a contract its position and the P&L it realises."""
        market = market_of(fill.symbol)
        quantity = fill.side.sign * fill.quantity
        self._trades.add(TradeKey(fill.venue, fill.symbol, fill.trade_id, fill.side))
        if market.is_spot:
            touched = [
                self._move(fill.venue, Wallet.SPOT, market.base, quantity),
                self._move(fill.venue, Wallet.SPOT, market.quote, -quantity * fill.price),
            ]
        else:
            touched = [self._trade_contract(fill, market, quantity)]
        touched.append(self._move(fill.venue, market.wallet, fill.fee_currency, -fill.fee))
        changes: list[Change] = [Cash(*key, self._cash[key]) for key in dict.fromkeys(touched)]
        if not market.is_spot:
            changes.append(self._held((fill.venue, fill.symbol)))
        return changes

    def pay(self, payment: FundingPaid) -> list[Change]:
        """Count a funding payment into the wallet that contracts settle in."""
        self._incomes.add(IncomeKey(payment.venue, payment.symbol, payment.income_id))
        key = self._move(payment.venue, Wallet.FUTURES, payment.currency, payment.amount)
        return [Cash(*key, self._cash[key])]

    def settle(self, settled: ContractSettled) -> list[Change]:
        """Close a whole position at its settlement price, without a fee."""
        key = (settled.venue, settled.symbol)
        market, held = market_of(settled.symbol), self._positions[key]
        self._positions[key], realised_pnl = market.trade(held, -held.quantity, settled.price)
        cash = self._move(settled.venue, Wallet.FUTURES, settled.currency, _to_money(realised_pnl))
        return [Cash(*cash, self._cash[cash]), self._held(key)]

    def is_open(self, venues: frozenset[str]) -> bool:
        """Say whether accounts were opened, and all of these among them."""
        return bool(self._accounts) and venues <= self._accounts.keys()

    def _trade_contract(self, fill: LegFilled, market: Market, quantity: Decimal) -> tuple[str, str, str]:
        key = (fill.venue, fill.symbol)
        self._positions[key], in_quote = market.trade(self._positions.get(key, FLAT), quantity, fill.price)
        realised_pnl = in_quote / fill.price if market.is_inverse else in_quote
        return self._move(fill.venue, Wallet.FUTURES, market.settle, _to_money(realised_pnl))

    def _take_position(self, key: tuple[str, str], quantity: Decimal, price: Decimal) -> tuple[str, str, str]:
        before = self._positions.get(key, FLAT)
        self._positions[key], _ = before.traded(quantity, price)
        if not self._positions[key].quantity:
            self._provisional.discard(key)
        return self._follow_cost(key, before)

    def _follow_cost(self, key: tuple[str, str], before: Position) -> tuple[str, str, str]:
        """Let the wallet follow what a position costs now, so that the wallet less that cost stays as it was."""
        venue, symbol = key
        market = market_of(symbol)
        change = market.cost(self._positions[key]) - market.cost(before)
        return self._move(venue, Wallet.FUTURES, market.settle, change)

    def _held(self, key: tuple[str, str]) -> HeldPosition:
        return HeldPosition(*key, self._positions[key], is_provisional=key in self._provisional)

    def _move(self, venue: str, wallet: Wallet, currency: str, amount: Decimal) -> tuple[str, str, str]:
        """Book into a wallet, or into the one that a venue has for everything, as its balances tell."""
        kept_in = Wallet.UNIFIED if self._is_unified(venue) else wallet
        key = (venue, kept_in.value, currency)
        self._cash[key] = self._cash.get(key, ZERO) + amount
        return key

    def _is_unified(self, venue: str) -> bool:
        return any(key[0] == venue and key[1] == Wallet.UNIFIED for key in self._cash)


def _to_money(amount: Decimal) -> Decimal:
    return amount.quantize(_MONEY_GRID, ROUND_HALF_UP)
