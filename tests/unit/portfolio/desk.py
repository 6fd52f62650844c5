"""A portfolio core on a clock of its own, told what tests want to tell it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID

import yaml

from poise_common.contracts.control import Alert
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import (
    AccountReported,
    Difference,
    DifferenceAcknowledged,
    DifferenceKind,
    FundingPaid,
    LegFilled,
    LegSummary,
    OrderPurpose,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    PackageQuantities,
    VenueBalance,
    VenuePosition,
)
from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageAction
from poise_common.contracts.state import PortfolioState
from poise_common.domain.ids import derived_id, seeded_ids
from poise_common.domain.instruments import Side
from poise_common.domain.order_books import Level
from poise_portfolio.domain.core import PortfolioCore
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_portfolio.domain.records import Books

R = TypeVar("R")
M = TypeVar("M", bound=Message)

D = Decimal
START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
PACKAGE = UUID("018f0000-0000-7000-8000-000000000001")
CONFIG = Path(__file__).parents[3] / "config" / "portfolio.yaml"


def shipped_parameters(**changes: Any) -> PortfolioParameters:
    """Return the shipped configuration, with whole keys changed."""
    return PortfolioParameters.model_validate(_shipped() | changes)


@cache
def _shipped() -> dict[str, Any]:
    shipped: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    return shipped


def rebalancing_over(bars: int) -> dict[str, Any]:
    """Return the shipped section, its models looking at no more than so many bars."""
    section: dict[str, Any] = yaml.safe_load(CONFIG.read_text())["rebalancing"]
    section["models"] |= {"bars": bars, "returns_min": bars}
    section["models"]["momentum"] |= {"lookback_bars": bars, "rsi_bars": bars}
    section["models"]["sector_rotation"]["lookback_bars"] = bars
    return section


class Desk:
    """Drives the core, keeps what it published and stored."""

    def __init__(
        self, books: Books | None = None, parameters: PortfolioParameters | None = None, now: datetime = START
    ) -> None:
        self.now = now
        self.new_id = seeded_ids(7)
        self.core = PortfolioCore(parameters or shipped_parameters(), self.new_id, books or Books())
        self.published: list[Message] = []
        self.records: list[object] = []
        self._trades = 0
        self._take(self.core.start(self.now))

    @property
    def state(self) -> PortfolioState:
        return next(message for message in reversed(self.published) if isinstance(message, PortfolioState))

    @property
    def alerts(self) -> list[Alert]:
        return [message for message in self.published if isinstance(message, Alert)]

    def states(self) -> int:
        return sum(isinstance(message, PortfolioState) for message in self.published)

    def stored(self, kind: type[R]) -> list[R]:
        return [record for record in self.records if isinstance(record, kind)]

    def tell(self, *messages: Message) -> Self:
        for message in messages:
            self._take(self.core.handle(message, self.now))
        return self

    def wait(self, seconds: float = 1) -> Self:
        self.now += timedelta(seconds=seconds)
        self._take(self.core.tick(self.now))
        return self

    def open_account(self, spot: str = "60000", futures: str = "40000", venue: str = "paper") -> Self:
        return self.tell(self.report({("spot", "USDT"): spot, ("futures", "USDT"): futures}, venue=venue, opening=True))

    def report(
        self,
        balances: Mapping[tuple[str, str], str | Decimal],
        positions: Mapping[str, str | Decimal] | None = None,
        *,
        venue: str = "paper",
        opening: bool = False,
        entry_price: str = "100",
    ) -> AccountReported:
        self.now += timedelta(milliseconds=1)
        return self.message(
            AccountReported,
            venue=venue,
            balances=tuple(
                VenueBalance(wallet=wallet, currency=currency, total=D(total))
                for (wallet, currency), total in balances.items()
            ),
            positions=tuple(
                VenuePosition(
                    symbol=symbol,
                    quantity=D(quantity),
                    entry_price=D(entry_price),
                    mark_price=D(entry_price),
                    unrealised_pnl_usd=D(0),
                    liquidation_price=None,
                )
                for symbol, quantity in (positions or {}).items()
            ),
            margin_balance_usd=D(40_000),
            initial_margin_usd=D(0),
            maintenance_margin_usd=D(0),
            as_of=self.now,
            opening=opening,
        )

    def fill(
        self,
        symbol: str,
        side: str,
        quantity: str | Decimal,
        price: str | Decimal,
        *,
        fee: str | Decimal = "0",
        fee_currency: str = "USDT",
        decision_price: str | Decimal | None = None,
        package_id: UUID = PACKAGE,
        action: PackageAction = PackageAction.OPEN,
        role: LegRole | None = None,
        venue: str = "paper",
        purpose: OrderPurpose = OrderPurpose.LEG,
        at: datetime | None = None,
    ) -> LegFilled:
        self._trades += 1
        self.now += timedelta(milliseconds=1)
        return self.message(
            LegFilled,
            approval_id=approval(package_id, action),
            package_id=package_id,
            strategy="funding_carry",
            asset=symbol.partition("/")[0],
            action=action,
            role=role or (LegRole.SHORT if ":" in symbol else LegRole.LONG),
            purpose=purpose,
            venue=venue,
            symbol=symbol,
            side=Side(side),
            client_order_id=f"c{self._trades}",
            order_id=f"o{self._trades}",
            trade_id=f"t{self._trades}",
            quantity=D(quantity),
            price=D(price),
            decision_price=D(price if decision_price is None else decision_price),
            fee=D(fee),
            fee_currency=fee_currency,
            filled_at=at or self.now,
        )

    def sent(self, symbol: str, side: str, *, package_id: UUID = PACKAGE, action: PackageAction) -> OrderSent:
        return self.message(
            OrderSent,
            approval_id=approval(package_id, action),
            package_id=package_id,
            action=action,
            role=LegRole.SHORT if ":" in symbol else LegRole.LONG,
            purpose=OrderPurpose.LEG,
            venue="paper",
            symbol=symbol,
            side=Side(side),
            quantity=D(1),
            limit_price=D(100),
            client_order_id="c0",
            sent_at=self.now,
        )

    def funding(self, amount: str, *, symbol: str = PERPETUAL, at: datetime | None = None) -> FundingPaid:
        self._trades += 1
        return self.message(
            FundingPaid,
            venue="paper",
            symbol=symbol,
            asset=symbol.partition("/")[0],
            income_id=f"i{self._trades}",
            amount=D(amount),
            currency="USDT",
            paid_at=at or self.now,
        )

    def opened(self, package_id: UUID = PACKAGE) -> PackageOpened:
        return self._outcome(PackageOpened, package_id, PackageAction.OPEN, **_whole())

    def closed(self, package_id: UUID = PACKAGE) -> PackageClosed:
        return self._outcome(PackageClosed, package_id, PackageAction.CLOSE, **_whole())

    def closed_partly(self, package_id: UUID = PACKAGE) -> PackageClosedPartly:
        left = {"remaining_long_quantity": D(1), "remaining_short_quantity": D(1), "residual_delta_usd": D(0)}
        return self._outcome(PackageClosedPartly, package_id, PackageAction.CLOSE, **left)

    def aborted(self, package_id: UUID = PACKAGE) -> PackageAborted:
        return self._outcome(PackageAborted, package_id, PackageAction.OPEN, reason="nothing filled")

    def halted(self, package_id: UUID = PACKAGE) -> PackageHalted:
        held = {"long_quantity": D(1), "short_quantity": D(0), "residual_delta_usd": D(100)}
        return self._outcome(PackageHalted, package_id, PackageAction.CLOSE, reason="cannot be unwound", **held)

    def acknowledged(
        self, *lines: Difference, left: Mapping[UUID, tuple[str, str]] | None = None
    ) -> DifferenceAcknowledged:
        """The operator took these lines as they are; `left` is what packages have of their legs."""
        self.now += timedelta(milliseconds=1)
        return self.message(
            DifferenceAcknowledged,
            lock_id=self.new_id(self.now),
            venue="paper",
            operator="ada",
            reason="seen",
            differences=lines,
            packages=tuple(
                PackageQuantities(package_id=package_id, long_quantity=D(long), short_quantity=D(short))
                for package_id, (long, short) in (left or {}).items()
            ),
            acknowledged_at=self.now,
        )

    def book(self, symbol: str, mid: float, venue: str = "paper") -> OrderBook:
        return self.message(
            OrderBook,
            venue=venue,
            symbol=symbol,
            tier=1,
            sequence=1,
            venue_time=self.now,
            received_at=self.now,
            bids=(Level(mid - 0.5, 10.0),),
            asks=(Level(mid + 0.5, 10.0),),
        )

    def message(self, kind: type[M], **fields: Any) -> M:
        return kind.first(self.new_id(self.now), "test", self.now, **fields)

    def _outcome(self, kind: type[M], package_id: UUID, action: PackageAction, **fields: Any) -> M:
        return self.message(
            kind,
            package_id=package_id,
            approval_id=approval(package_id, action),
            strategy="funding_carry",
            asset="BTC",
            **fields,
        )

    def _take(self, outputs: Sequence[Output]) -> None:
        self.published += [output.message for output in outputs if isinstance(output, Publish)]
        self.records += [output.record for output in outputs if isinstance(output, Store)]


def balance(wallet: str, currency: str, expected: str, actual: str) -> Difference:
    """A currency of which a wallet holds another amount than it should."""
    return _line(DifferenceKind.BALANCE, currency, wallet, expected, actual)


def position(symbol: str, expected: str, actual: str) -> Difference:
    """A derivative position that is another than it should be."""
    return _line(DifferenceKind.POSITION, symbol, "futures", expected, actual)


def _line(kind: DifferenceKind, name: str, wallet: str, expected: str, actual: str) -> Difference:
    return Difference(kind=kind, name=name, wallet=wallet, expected=D(expected), actual=D(actual))


def approval(package_id: UUID, action: PackageAction) -> UUID:
    """Return the approval that a package's opening, or its closing, has in these tests."""
    return derived_id(package_id, action.value)


def _whole() -> dict[str, Any]:
    leg = LegSummary(role=LegRole.LONG, venue="paper", symbol=SPOT, held_quantity=D(0), average_price=None)
    return {
        "long_leg": leg,
        "short_leg": leg.model_copy(update={"role": LegRole.SHORT, "symbol": PERPETUAL}),
        "residual_delta": D(0),
        "residual_delta_usd": D(0),
    }
