"""What the others say to execution: approvals, states, books, and a venue's answers."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from poise_common.contracts.execution import VenueBalance
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    LegRole,
    OrderStyle,
    PackageAction,
    PackageApproved,
    RollApproved,
)
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.domain.instruments import Instrument, InstrumentId, InstrumentKind, Side
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

NEAR, FAR = (
    PERPETUAL.model_copy(
        update={
            "symbol": f"ETH/USDT:USDT-{expires_at:%y%m%d}",
            "kind": InstrumentKind.LINEAR_FUTURE,
            "funding_interval_s": None,
            "expires_at": expires_at,
        }
    )
    for expires_at in (datetime(2026, 1, 7, 8, tzinfo=UTC), datetime(2026, 3, 27, 8, tzinfo=UTC))
)
CARRY = {LegRole.LONG: SPOT, LegRole.SHORT: NEAR}
"""Spot against a future that expires soon."""

SECOND_VENUE = "paper_okx"
PAIR = {
    LegRole.LONG: PERPETUAL.model_copy(update={"symbol": "SOL/USDT:USDT", "base": "SOL"}),
    LegRole.SHORT: PERPETUAL.model_copy(
        update={
            "venue": SECOND_VENUE,
            "symbol": "BTC/USDT:USDT",
            "base": "BTC",
            "quantity_step": Decimal("0.01"),
            "min_quantity": Decimal("0.01"),
        }
    ),
}
"""Two assets at two venues, of which one of the short leg is worth twenty of the long leg."""
PAIR_RATIO = Decimal("0.05")


def price_of(instrument_id: InstrumentId) -> Decimal:
    """Return what an instrument trades at."""
    return PRICE / PAIR_RATIO if instrument_id == PAIR[LegRole.SHORT].id else PRICE


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
    instruments: Mapping[LegRole, Instrument] = INSTRUMENTS,
    ratio: Decimal = Decimal(1),
) -> PackageApproved:
    """Return a signed approval: buy spot and sell the perpetual at 100 ± 0.2, or the reverse to close."""
    is_open = action is PackageAction.OPEN
    changes = legs or {}
    quantities = {LegRole.LONG: quantity, LegRole.SHORT: short_quantity or str(Decimal(quantity) * ratio)}

    def leg(role: LegRole) -> ApprovedLeg:
        side = Side.BUY if (role is LegRole.LONG) is is_open else Side.SELL
        instrument_id = instruments[role].id
        price = price_of(instrument_id)
        fields: dict[str, Any] = {
            "role": role,
            "venue": instrument_id.venue,
            "symbol": instrument_id.symbol,
            "side": side,
            "quantity": Decimal(quantities[role]),
            "decision_price": price,
            "limit_price": price * (1 + side.sign * Decimal("0.002")),
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
        asset=instruments[LegRole.LONG].base,
        legs=(leg(LegRole.LONG), leg(LegRole.SHORT)),
        hedge_ratio=ratio,
        issued_at=rig.now,
        expires_at=rig.now + timedelta(seconds=life_s),
        epoch=epoch,
    )
    return rig.result(PackageApproved, approval=approval, signature=Signer(key).sign(approval))


def closing(rig: Speaker, package: Package, **fields: Any) -> PackageApproved:
    """Return a signed approval to close all that a package holds."""
    told: dict[str, Any] = {
        "quantity": str(package.long_held),
        "short_quantity": str(package.short_held),
        "instruments": {role: package.instrument(role) for role in LegRole},
        "ratio": package.hedge_ratio,
    }
    return approved(rig, action=PackageAction.CLOSE, package=package, **(told | fields))


def rolling(
    rig: Speaker,
    package: Package,
    *,
    far: Instrument = FAR,
    quantity: Decimal | None = None,
    closing: dict[str, Any] | None = None,
    opening: dict[str, Any] | None = None,
) -> RollApproved:
    """Return a signed approval to roll a package into a later expiry; `closing` and `opening` change its halves."""
    sold = quantity or package.short_held
    halves = (
        approved(
            rig,
            action=PackageAction.CLOSE,
            package=package,
            quantity=str(package.long_held),
            short_quantity=str(package.short_held),
            instruments={role: package.instrument(role) for role in LegRole},
        ),
        approved(
            rig,
            quantity=str(package.long_held),
            short_quantity=str(sold),
            instruments={LegRole.LONG: package.long_instrument, LegRole.SHORT: far},
        ),
    )
    ids = [half.approval.approval_id for half in halves]
    signed = []
    for half, other, changes in zip(halves, reversed(ids), (closing, opening), strict=True):
        approval = half.approval.model_copy(update={"rolls_with": other, **(changes or {})})
        signed.append(half.model_copy(update={"approval": approval, "signature": Signer(RISK_KEY).sign(approval)}))
    return rig.result(RollApproved, closing=signed[0], opening=signed[1])


def risk_state(rig: Speaker, mode: SystemMode = SystemMode.ACTIVE, epoch: int = 1) -> RiskState:
    return rig.result(RiskState, mode=mode, reason="", set_by="test", since=rig.now, epoch=epoch)


def universe(
    rig: Speaker,
    *listed: UniverseAsset,
    spot: Instrument = SPOT,
    hedge: Instrument = PERPETUAL,
    futures: tuple[Instrument, ...] = (),
) -> Universe:
    return rig.result(Universe, as_of=rig.now, assets=(listing(spot, hedge, futures), *listed))


def listing(spot: Instrument, hedge: Instrument, futures: tuple[Instrument, ...] = ()) -> UniverseAsset:
    """Return the universe's line of two instruments."""
    return UniverseAsset(
        asset=hedge.base,
        tier=1,
        sector="l1",
        venue=hedge.venue,
        spot=spot,
        hedge=hedge,
        futures=futures,
        volume_24h_usd=1e9,
        hedge_volume_24h_usd=1e9,
        depth_usd=1e7,
        spread_pct=0.01,
        btc_correlation=0.8,
    )


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
    venue: str = "paper",
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
        venue=venue,
        activity=activity,
        incomes=incomes,
        figures=figures if is_bracketed else None,
        as_of=rig.now,
    )
