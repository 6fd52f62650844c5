"""What an account holds: spot balances, and the perpetuals wallet with its positions."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from poise_simulator.domain.income import Income, IncomeType

ZERO = Decimal(0)
MONEY_GRID = Decimal("0.00000001")
"""The venue books money to 8 decimals."""


def to_money(amount: Decimal) -> Decimal:
    """Round an amount to what the venue books."""
    return amount.quantize(MONEY_GRID, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class SpotTransfer:
    """What came into a spot wallet, or left it, other than by a trade."""

    time_ms: int
    asset: str
    amount: Decimal


class SpotWallet:
    """Free and locked holdings by asset; neither is ever negative."""

    def __init__(self) -> None:
        """Start empty."""
        self.transfers: list[SpotTransfer] = []
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}

    def free(self, asset: str) -> Decimal:
        """Read what may be spent."""
        return self._free.get(asset, ZERO)

    def locked(self, asset: str) -> Decimal:
        """Read what stands behind open orders."""
        return self._locked.get(asset, ZERO)

    def assets(self) -> list[str]:
        """List assets ever held."""
        return list(self._free)

    def add(self, asset: str, amount: Decimal) -> None:
        """Change what is free."""
        free = self.free(asset) + amount
        if free < 0:
            raise AssertionError(f"free {asset} would be {free}")
        self._free[asset] = free

    def lock(self, asset: str, amount: Decimal) -> None:
        """Move free to locked; a negative amount moves back."""
        self.add(asset, -amount)
        self._change_locked(asset, amount)

    def spend_locked(self, asset: str, amount: Decimal) -> None:
        """Pay out of what is locked."""
        self._change_locked(asset, -amount)

    def _change_locked(self, asset: str, amount: Decimal) -> None:
        locked = self.locked(asset) + amount
        if locked < 0:
            raise AssertionError(f"locked {asset} would be {locked}")
        self._locked[asset] = locked


@dataclass(slots=True)
class OpenPosition:
    """A one-way position: signed quantity, and the signed money it was built with."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised_pnl: Decimal = ZERO
    updated_ms: int = 0

    @property
    def entry_price(self) -> Decimal:
        """Mean price of what is held; 0 when flat."""
        return self.cost / self.quantity if self.quantity else ZERO

    def unrealised_pnl(self, mark: Decimal) -> Decimal:
        """Value the position against its cost."""
        return self.quantity * mark - self.cost

    def apply(self, signed_quantity: Decimal, price: Decimal, time_ms: int) -> Decimal:
        """Trade into the position and return the realised P&L, to 8 decimals.

        Over a round trip the realised amounts sum to the cash flows exactly: the last close takes all
        the cost that is left.
        """
        closing = ZERO
        if self.quantity * signed_quantity < 0:
            closing = min(abs(signed_quantity), abs(self.quantity))
        realised = ZERO
        if closing:
            closed = closing if self.quantity > 0 else -closing
            is_all = closed == self.quantity
            cost_closed = self.cost if is_all else to_money(self.cost * closed / self.quantity)
            realised = closed * price - cost_closed
            self.cost -= cost_closed
            self.quantity -= closed
            signed_quantity += closed
        if signed_quantity:
            self.quantity += signed_quantity
            self.cost += signed_quantity * price
        self.realised_pnl += realised
        self.updated_ms = time_ms
        return realised


class FuturesWallet:
    """Cross-margined cash in the settlement asset; every change is an income record."""

    def __init__(self, account_id: str, asset: str) -> None:
        """Start empty."""
        self.account_id = account_id
        self.asset = asset
        self.balance = ZERO
        self.positions: dict[str, OpenPosition] = {}
        self.leverages: dict[str, int] = {}
        self.records: list[Income] = []

    def position(self, symbol: str) -> OpenPosition:
        """Find a symbol's position; a flat one is made where there was none."""
        return self.positions.setdefault(symbol, OpenPosition())

    def book(
        self,
        kind: IncomeType,
        amount: Decimal,
        *,
        income_id: int,
        time_ms: int,
        symbol: str = "",
        trade_id: int | None = None,
        info: str = "",
    ) -> None:
        """Change the balance and write down why; amounts of 0 are left out."""
        if amount == 0:
            return
        self.balance += amount
        self.records.append(
            Income(income_id, self.account_id, kind, self.asset, amount, symbol, trade_id, time_ms, info)
        )
