"""Packages that are held, as the portfolio last told them, and those that ended, as the book has them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime, computed_field
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.desk_bus import DeskBus, ask
from poise.operating.status import silence
from poise.report.book.packages import PackageRow, read_packages
from poise.report.period import Period
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage, PortfolioState, ResultSplit
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now

_ENDED = frozenset({PackageState.CLOSED, PackageState.ABORTED})


class PackageChoice(Value):
    """Which packages are wanted; None: all."""

    asset: str | None = None
    strategy: str | None = None

    def takes(self, assets: tuple[str, ...], strategy: str | None) -> bool:
        return self.strategy in (None, strategy) and (self.asset is None or self.asset in assets)


class Holding(Value):
    """A package that holds something, marked to market."""

    package_id: UUID
    strategy: str
    assets: tuple[str, ...]
    tier: int | None
    state: PackageState
    opened_at: AwareDatetime
    age_s: float
    long_leg: HeldLeg
    short_leg: HeldLeg
    exposure_usd: Decimal
    residual_delta_usd: Decimal
    result: ResultSplit

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def net_usd(self) -> Decimal:
        return self.result.net_usd


class Ended(Value):
    """A package that is over; costs: positive is paid."""

    package_id: UUID
    strategy: str | None
    asset: str
    state: PackageState
    venues: tuple[str, ...]
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    exposure_usd: Decimal | None
    result: ResultSplit

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def net_usd(self) -> Decimal:
        return self.result.net_usd


class Packages(Value):
    """What is held and, where that was asked for, what ended, the newest first."""

    read_at: AwareDatetime
    as_of: AwareDatetime | None
    held: tuple[Holding, ...]
    ended: tuple[Ended, ...] | None = None
    """None where it was not asked for."""

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What is not as it should be."""
        return tuple(self._attention())

    def _attention(self) -> Iterator[str]:
        if (silent := silence("portfolio", self.as_of, self.read_at)) is not None:
            yield silent
        for each in self.held:
            if each.state is PackageState.HALTED:
                yield f"package {each.package_id} is halted, ${each.residual_delta_usd:,.2f} unhedged"


async def read_held(redis_url: str, choice: PackageChoice, *, wait_s: float) -> Packages:
    """Read what is held from the bus; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> Packages:
        told, now = await bus.newest(PortfolioState), utc_now()
        state = told[-1] if told else None
        packages = () if state is None else state.packages
        held = (_holding(each, now) for each in packages if choice.takes(each.assets, each.strategy))
        return Packages(
            read_at=now,
            as_of=None if state is None else state.as_of,
            held=tuple(sorted(held, key=lambda each: -each.exposure_usd)),
        )

    return await ask(redis_url, read, wait_s=wait_s, answerer="the portfolio")


async def read_ended(
    book: AsyncConnection, choice: PackageChoice, *, now: datetime, days: float, last: int
) -> tuple[Ended, ...]:
    """Read what ended in so many days from the book, the newest first, so many at most."""
    rows = await read_packages(book, Period(since=now - timedelta(days=days), until=now))
    ended = [_ended(row) for row in rows if row.state in _ENDED and choice.takes((row.asset,), row.strategy)]
    return tuple(sorted(ended, key=lambda each: each.closed_at, reverse=True)[:last])


def _holding(held: HeldPackage, now: datetime) -> Holding:
    return Holding(
        package_id=held.package_id,
        strategy=held.strategy,
        assets=held.assets,
        tier=held.tier,
        state=held.state,
        opened_at=held.opened_at,
        age_s=(now - held.opened_at).total_seconds(),
        long_leg=held.long_leg,
        short_leg=held.short_leg,
        exposure_usd=held.exposure_usd,
        residual_delta_usd=held.residual_delta_usd,
        result=held.result,
    )


def _ended(row: PackageRow) -> Ended:
    return Ended(
        package_id=row.package_id,
        strategy=row.strategy,
        asset=row.asset,
        state=row.state,
        venues=row.venues,
        opened_at=row.opened_at,
        closed_at=row.closed_at or row.opened_at,
        exposure_usd=row.exposure_usd,
        result=ResultSplit(
            price_usd=row.realised_pnl_usd + row.slippage_usd,
            funding_usd=row.funding_usd,
            fees_usd=row.fees_usd,
            borrow_usd=row.borrow_usd,
            slippage_usd=row.slippage_usd,
        ),
    )
