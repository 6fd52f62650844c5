"""What the others say to execution: approvals, states, books, and a venue's answers."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from poise_common.contracts.execution import VenueBalance
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, ApprovedLeg, LegRole, OrderStyle, PackageAction, PackageApproved
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_common.domain.order_books import Level
from poise_execution.domain import results
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package

RISK_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OPERATOR_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
FORGED_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PRICE = Decimal(100)

SPOT = Instrument(
    venue="paper",
    symbol="ETH/USDT",
    kind=InstrumentKind.SPOT,
    base="ETH",
    quote="USDT",
    settle="USDT",
    price_tick=Decimal("0.01"),
    quantity_step=Decimal("0.0001"),
    min_quantity=Decimal("0.0001"),
    min_notional=Decimal(5),
    taker_fee=Decimal("0.0005"),
    maker_fee=Decimal("0.0002"),
)
PERPETUAL = SPOT.model_copy(
    update={
        "symbol": "ETH/USDT:USDT",
        "kind": InstrumentKind.LINEAR_PERPETUAL,
        "quantity_step": Decimal("0.001"),
        "min_quantity": Decimal("0.001"),
        "funding_interval_s": 28_800,
    }
)
INSTRUMENTS = {LegRole.LONG: SPOT, LegRole.SHORT: PERPETUAL}

M = TypeVar("M", bound=Message)


class Speaker(Protocol):
    """Whoever has the clock and the ids."""

    now: datetime

    def new_id(self) -> UUID: ...

    def result(self, kind: type[M], **fields: Any) -> M: ...


def trade(order: Order, quantity: Decimal, price: Decimal = PRICE, number: int = 1) -> results.VenueTrade:
    pays_in_base = order.symbol == SPOT.symbol and order.side is Side.BUY
    rate = SPOT.taker_fee
    return results.VenueTrade(
        trade_id=f"t-{order.client_order_id}-{number}",
        quantity=quantity,
        price=price,
        fee=quantity * rate if pays_in_base else quantity * price * rate,
        fee_currency="ETH" if pays_in_base else "USDT",
        traded_at=order.intended_at,
    )


def approved(
    rig: Speaker,
    *,
    action: PackageAction = PackageAction.OPEN,
    package: Package | None = None,
    quantity: str = "10",
    short_quantity: str | None = None,
    key: Ed25519PrivateKey = RISK_KEY,
    epoch: int = 1,
    life_s: float = 5,
    legs: dict[LegRole, dict[str, Any]] | None = None,
    style: OrderStyle = OrderStyle.IOC,
) -> PackageApproved:
    """Return a signed approval: buy spot and sell the perpetual at 100 ± 0.2, or the reverse to close."""
    is_open = action is PackageAction.OPEN
    changes = legs or {}
    quantities = {LegRole.LONG: quantity, LegRole.SHORT: short_quantity or quantity}

    def leg(role: LegRole) -> ApprovedLeg:
        side = Side.BUY if (role is LegRole.LONG) is is_open else Side.SELL
        fields: dict[str, Any] = {
            "role": role,
            "venue": "paper",
            "symbol": INSTRUMENTS[role].symbol,
            "side": side,
            "quantity": Decimal(quantities[role]),
            "decision_price": PRICE,
            "limit_price": PRICE * (1 + side.sign * Decimal("0.002")),
            "reduce_only": not is_open and role is LegRole.SHORT,
        }
        return ApprovedLeg(**(fields | changes.get(role, {})))

    approval = Approval(
        approval_id=rig.new_id(),
        request_id=rig.new_id(),
        package_id=package.package_id if package else rig.new_id(),
        action=action,
        style=style,
        strategy="funding_carry",
        asset="ETH",
        legs=(leg(LegRole.LONG), leg(LegRole.SHORT)),
        issued_at=rig.now,
        expires_at=rig.now + timedelta(seconds=life_s),
        epoch=epoch,
    )
    return rig.result(PackageApproved, approval=approval, signature=Signer(key).sign(approval))


def closing(rig: Speaker, package: Package, **fields: Any) -> PackageApproved:
    """Return a signed approval to close all that a package holds."""
    quantities = {"quantity": str(package.long_held), "short_quantity": str(package.short_held)}
    return approved(rig, action=PackageAction.CLOSE, package=package, **(quantities | fields))


def risk_state(rig: Speaker, mode: SystemMode = SystemMode.ACTIVE, epoch: int = 1) -> RiskState:
    return rig.result(RiskState, mode=mode, reason="", set_by="test", since=rig.now, epoch=epoch)


def universe(rig: Speaker, *, spot: Instrument = SPOT, hedge: Instrument = PERPETUAL) -> Universe:
    asset = UniverseAsset(
        asset="ETH",
        tier=1,
        sector="l1",
        venue="paper",
        spot=spot,
        hedge=hedge,
        volume_24h_usd=1e9,
        hedge_volume_24h_usd=1e9,
        depth_usd=1e7,
        spread_pct=0.01,
        btc_correlation=0.8,
    )
    return rig.result(Universe, as_of=rig.now, assets=(asset,))


def book(rig: Speaker, instrument: Instrument, bid: float, ask: float) -> OrderBook:
    return rig.result(
        OrderBook,
        venue=instrument.venue,
        symbol=instrument.symbol,
        tier=1,
        sequence=1,
        venue_time=rig.now,
        received_at=rig.now,
        bids=(Level(bid, 1.0),),
        asks=(Level(ask, 1.0),),
    )


def prepared(rig: Speaker, instrument: Instrument, *, failure: str | None) -> results.InstrumentPrepared:
    return rig.result(results.InstrumentPrepared, venue=instrument.venue, symbol=instrument.symbol, failure=failure)


def account_read(
    rig: Speaker,
    *,
    activity: int,
    incomes: tuple[results.FundingIncome, ...] = (),
    is_bracketed: bool = True,
) -> results.AccountRead:
    figures = results.AccountFigures(
        balances=(VenueBalance(wallet="spot", currency="USDT", total=Decimal(60_000)),),
        positions=(),
        margin_balance_usd=Decimal(40_000),
        initial_margin_usd=Decimal(0),
        maintenance_margin_usd=Decimal(0),
    )
    return rig.result(
        results.AccountRead,
        venue="paper",
        activity=activity,
        incomes=incomes,
        figures=figures if is_bracketed else None,
        as_of=rig.now,
    )
