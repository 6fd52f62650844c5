"""A venue's own account, kept as a venue keeps it: wallets with realised profit, positions at average cost."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import VenueBalance, VenuePosition
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain import effects, results

ZERO = Decimal(0)
MONEY = Decimal("0.00000001")


@dataclass
class AccountModel:
    """Books any trade, whoever's it is; `figures` is what a reading of it says."""

    balances: dict[tuple[str, str], Decimal] = field(default_factory=lambda: {("spot", "USDT"): Decimal(60_000)})
    positions: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Signed quantity and cost."""
    incomes: list[results.FundingIncome] = field(default_factory=list)
    open_orders: list[results.OpenOrder] = field(default_factory=list)

    def trade(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        *,
        fee: Decimal = ZERO,
        paid_in: str = "",
    ) -> None:
        """Book a fill."""
        bought = side.sign * quantity
        wallet = "futures" if instrument.is_derivative else "spot"
        if instrument.is_derivative:
            self.add(wallet, instrument.settle, self._realised(instrument.symbol, bought, price))
        else:
            self.add(wallet, instrument.base, bought)
            self.add(wallet, instrument.quote, -bought * price)
        self.add(wallet, paid_in or instrument.quote, -fee)

    def add(self, wallet: str, currency: str, amount: Decimal) -> None:
        """Change a balance."""
        self.balances[wallet, currency] = self.balances.get((wallet, currency), ZERO) + amount

    def pay(self, income: results.FundingIncome) -> None:
        """Book a funding payment."""
        self.incomes.append(income)
        self.add("futures", income.currency, income.amount)

    def figures(self) -> results.AccountFigures:
        return results.AccountFigures(
            balances=tuple(
                VenueBalance(wallet=wallet, currency=currency, total=total)
                for (wallet, currency), total in self.balances.items()
                if total
            ),
            positions=tuple(
                VenuePosition(
                    symbol=symbol,
                    quantity=quantity,
                    entry_price=(cost / quantity).quantize(MONEY, ROUND_HALF_UP),
                    mark_price=Decimal(100),
                    unrealised_pnl_usd=quantity * 100 - cost,
                    liquidation_price=None,
                )
                for symbol, (quantity, cost) in self.positions.items()
                if quantity
            ),
            margin_balance_usd=Decimal(40_000),
            initial_margin_usd=ZERO,
            maintenance_margin_usd=ZERO,
        )

    def answer(self, rig: Rig, read: effects.ReadAccount, **fields: Any) -> results.AccountRead:
        """Answer a reading as the account stands now."""
        told: dict[str, Any] = {
            "venue": read.venue,
            "activity": read.activity,
            "incomes": tuple(self.incomes),
            "open_orders": tuple(self.open_orders),
            "figures": self.figures(),
            "as_of": rig.now,
        }
        return rig.result(results.AccountRead, **(told | fields))

    def _realised(self, symbol: str, traded: Decimal, price: Decimal) -> Decimal:
        quantity, cost = self.positions.get(symbol, (ZERO, ZERO))
        realised = ZERO
        if quantity * traded < 0:
            closed = traded if abs(traded) <= abs(quantity) else -quantity
            freed = cost if closed == -quantity else (cost * -closed / quantity).quantize(MONEY, ROUND_HALF_UP)
            realised = -closed * price - freed
            quantity, cost, traded = quantity + closed, cost - freed, traded - closed
        self.positions[symbol] = quantity + traded, cost + traded * price
        return realised
