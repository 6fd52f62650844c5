"""What happened at the venues: `execution.reports`."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.contracts.packages import HedgeRatio, LegRole, OrderStyle, PackageAction
from poise_common.domain.instruments import Side
from poise_common.domain.value import Value


class OrderPurpose(StrEnum):
    """Why an order was sent: the approved leg itself, or taking back what the other leg did not match."""

    LEG = "leg"
    UNWIND = "unwind"


class OrderSent(Message):
    """An order went out to a venue (its intent had been stored); its hops time the way from the book to here."""

    type: Literal["OrderSent"] = "OrderSent"
    approval_id: UUID
    package_id: UUID
    action: PackageAction
    role: LegRole
    purpose: OrderPurpose
    hedge_ratio: HedgeRatio = Decimal(1)
    """Of the package."""
    rolls: bool = False
    """The approval is half of a roll."""
    venue: str
    symbol: str
    side: Side
    style: OrderStyle = OrderStyle.IOC
    quantity: Decimal
    limit_price: Decimal
    client_order_id: str
    sent_at: AwareDatetime


class LegFilled(Message):
    """One fill as the venue's trade list has it; exactly one for each (venue, symbol, trade id)."""

    type: Literal["LegFilled"] = "LegFilled"
    approval_id: UUID
    package_id: UUID
    strategy: str
    asset: str
    action: PackageAction
    role: LegRole
    purpose: OrderPurpose
    hedge_ratio: HedgeRatio = Decimal(1)
    """Of the package."""
    venue: str
    symbol: str
    side: Side
    client_order_id: str
    order_id: str
    trade_id: str
    quantity: Decimal
    price: Decimal
    decision_price: Decimal
    fee: Decimal
    fee_currency: str
    filled_at: AwareDatetime


class LegSummary(Value):
    """What a package holds of one leg once its orders are final.

    `held_quantity` is in base units, unsigned, net of fees that were taken in the base currency.
    `average_price` is that of the fills of this approval; None where nothing filled.
    """

    role: LegRole
    venue: str
    symbol: str
    held_quantity: Decimal
    average_price: Decimal | None


class PackageOpened(Message):
    """All orders of an opening are final and both legs are held.

    `residual_delta` is the long leg less what the short leg hedges of it, in base units of the long leg.
    """

    type: Literal["PackageOpened"] = "PackageOpened"
    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    long_leg: LegSummary
    short_leg: LegSummary
    hedge_ratio: HedgeRatio = Decimal(1)
    residual_delta: Decimal
    residual_delta_usd: Decimal
    rolled_from: UUID | None = None
    """The package that has passed its long leg on to this one."""


class PackageClosed(Message):
    """All orders of a closing are final and nothing tradable of the package is left."""

    type: Literal["PackageClosed"] = "PackageClosed"
    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    long_leg: LegSummary
    short_leg: LegSummary
    hedge_ratio: HedgeRatio = Decimal(1)
    residual_delta: Decimal
    residual_delta_usd: Decimal


class PackageClosedPartly(Message):
    """A closing took only a part; the package is open with what is left of each leg."""

    type: Literal["PackageClosedPartly"] = "PackageClosedPartly"
    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    remaining_long_quantity: Decimal
    remaining_short_quantity: Decimal
    residual_delta_usd: Decimal


class LongLegPassedOn(Message):
    """A package that rolls has passed some of its long leg to its successor, at a price and without an order."""

    type: Literal["LongLegPassedOn"] = "LongLegPassedOn"
    from_package_id: UUID
    from_approval_id: UUID
    to_package_id: UUID
    to_approval_id: UUID
    strategy: str
    asset: str
    venue: str
    symbol: str
    quantity: Decimal
    """Base units."""
    price: Decimal
    """The middle of the book: what one package realises at is what the other has paid."""
    passed_at: AwareDatetime


class PackageAborted(Message):
    """Nothing of an opening is held: nothing filled, or what filled was taken back."""

    type: Literal["PackageAborted"] = "PackageAborted"
    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    reason: str


class PackageHalted(Message):
    """Execution cannot make the package whole by itself; it is locked until an operator acknowledges."""

    type: Literal["PackageHalted"] = "PackageHalted"
    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    reason: str
    long_quantity: Decimal
    short_quantity: Decimal
    residual_delta_usd: Decimal


class DifferenceKind(StrEnum):
    BALANCE = "balance"
    """A currency in a wallet; a derivatives wallet counts less what its positions cost, so that no price moves it."""
    POSITION = "position"
    """A derivative position, signed base units."""
    ORDER = "order"
    """An open order that is not ours: its open quantity, base units, signed by side."""


class Difference(Value):
    """One line in which a venue account differs from our books of it."""

    kind: DifferenceKind
    name: str
    """The currency, the instrument's symbol, or the venue's order id."""
    wallet: str
    """`spot` or `futures`; of a position or an order, the market it stands in."""
    expected: Decimal
    actual: Decimal
    detail: str = ""
    """What is known of the cause: foreign trades, a liquidation, a transfer."""


class PackageQuantities(Value):
    """What a package holds of its legs: base units, unsigned."""

    package_id: UUID
    long_quantity: Decimal
    short_quantity: Decimal


class DifferenceAcknowledged(Message):
    """The operator has taken an account as the venue has it: all books follow. One for each lock."""

    type: Literal["DifferenceAcknowledged"] = "DifferenceAcknowledged"
    lock_id: UUID
    venue: str
    operator: str
    reason: str
    differences: tuple[Difference, ...]
    packages: tuple[PackageQuantities, ...]
    """Packages that lost some of what they held by it, with what they hold now."""
    acknowledged_at: AwareDatetime


class VenueLock(Value):
    """Why nothing new is done at a venue until the operator acknowledges the differences."""

    lock_id: UUID
    since: AwareDatetime
    differences: tuple[Difference, ...]
    digest: str
    """Of the differences; they are updated while the lock lasts, and the digest with them."""


class VenueState(Message):
    """How execution stands with a venue; newest wins."""

    coalescing_fields: ClassVar = ("venue",)

    type: Literal["VenueState"] = "VenueState"
    venue: str
    as_of: AwareDatetime
    reconciled_at: AwareDatetime | None
    """The newest reading of the account that agreed with our books; None since the start of execution."""
    clock_offset_ms: int | None
    """The venue's clock less ours, by the middle of the request."""
    orders_in_doubt: int
    resting_orders: int
    lock: VenueLock | None


class RefusalReason(StrEnum):
    UNSIGNED = "unsigned_or_altered"
    EXPIRED = "expired"
    USED = "already_used"
    STALE_EPOCH = "stale_epoch"
    LOCKED = "locked"
    """The venue account differs from our books, or has not been compared with them for too long."""
    UNKNOWN_PACKAGE = "unknown_package"
    UNTRADABLE = "untradable"
    """Below the venue's minimum, off its filters, or a symbol that is not traded."""

    @property
    def ends_the_approval(self) -> bool:
        """Say whether this id's approval is over; a refused replay or forgery says nothing of the genuine one."""
        return self not in {RefusalReason.UNSIGNED, RefusalReason.USED}


class ApprovalRefused(Message):
    """Execution sent nothing for an approval, and why."""

    type: Literal["ApprovalRefused"] = "ApprovalRefused"
    approval_id: UUID
    package_id: UUID
    action: PackageAction
    asset: str
    reason: RefusalReason
    detail: str


class VenuePosition(Value):
    """A derivative position as the venue reports it: signed base units, margin figures in USD."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised_pnl_usd: Decimal
    liquidation_price: Decimal | None


class VenueBalance(Value):
    """Total of one currency in one wallet (`spot`, `futures`), locked part included."""

    wallet: str
    currency: str
    total: Decimal


class AccountReported(Message):
    """A venue's balances and positions, read at one time and bracketed by no fill of ours."""

    type: Literal["AccountReported"] = "AccountReported"
    venue: str
    balances: tuple[VenueBalance, ...]
    positions: tuple[VenuePosition, ...]
    margin_balance_usd: Decimal
    """Futures wallet plus unrealised P&L."""
    initial_margin_usd: Decimal
    maintenance_margin_usd: Decimal
    as_of: AwareDatetime
    opening: bool = False
    """The first report of this account: the ledger opens with it."""


class FundingPaid(Message):
    """A funding payment of the venue's income list: positive = received."""

    type: Literal["FundingPaid"] = "FundingPaid"
    venue: str
    symbol: str
    asset: str
    income_id: str
    amount: Decimal
    currency: str
    paid_at: AwareDatetime


class ContractSettled(Message):
    """A dated future expired: the venue closed all that the account held of it at one price, without a fee."""

    type: Literal["ContractSettled"] = "ContractSettled"
    venue: str
    symbol: str
    asset: str
    income_id: str
    price: Decimal
    amount: Decimal
    """What the venue paid for it: positive = received."""
    currency: str
    packages: tuple[PackageQuantities, ...]
    """Packages that held some of it, with what they hold now."""
    settled_at: AwareDatetime
