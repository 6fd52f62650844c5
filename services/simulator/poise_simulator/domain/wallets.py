"""What an account holds: spot balances, and the futures wallet with its positions."""

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


class Holdings:
    """Free and locked amounts by asset, never negative; losses may overdraw what is free of the margin asset."""

    def __init__(self, margin_asset: str | None = None) -> None:
        """Start empty; without a margin asset nothing can be overdrawn."""
        self._margin_asset = margin_asset
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}

    def free(self, asset: str) -> Decimal:
        """Read what may be spent."""
        return self._free.get(asset, ZERO)

    def locked(self, asset: str) -> Decimal:
        """Read what stands behind open orders."""
        return self._locked.get(asset, ZERO)

    def total(self, asset: str) -> Decimal:
        """Add up what is free and what is locked."""
        return self.free(asset) + self.locked(asset)

    def assets(self) -> list[str]:
        """List assets ever held."""
        return list(self._free)

    def add(self, asset: str, amount: Decimal) -> None:
        """Change what is free."""
        free = self.free(asset) + amount
        if free < 0 and asset != self._margin_asset:
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


class SpotWallet(Holdings):
    """Holdings that spot orders trade, with what was transferred."""

    def __init__(self, margin_asset: str | None = None) -> None:
        """Start empty; a unified account's positions are margined in the margin asset."""
        super().__init__(margin_asset)
        self.transfers: list[SpotTransfer] = []


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
    """Cross-margined cash in the settlement asset; every change that positions make is an income record."""

    def __init__(self, account_id: str, asset: str, cash: Holdings) -> None:
        """Keep the cash in `cash`: holdings of its own, or those of a unified account's spot wallet."""
        self.account_id = account_id
        self.asset = asset
        self._cash = cash
        self.positions: dict[str, OpenPosition] = {}
        self.leverages: dict[str, int] = {}
        self.records: list[Income] = []

    @property
    def balance(self) -> Decimal:
        """Read the cash, with what spot orders of a unified account have locked of it."""
        return self._cash.total(self.asset)

    @property
    def free_cash(self) -> Decimal:
        """Read the cash that no spot order has locked."""
        return self._cash.free(self.asset)

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
        self.enter(Income(income_id, self.account_id, kind, self.asset, amount, symbol, trade_id, time_ms, info))

    def enter(self, record: Income) -> None:
        """Change the balance by a record, and keep it."""
        self._cash.add(self.asset, record.amount)
        self.records.append(record)
