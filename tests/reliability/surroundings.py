"""Everybody around execution, over the real bus: ingestion, risk, and those who read its reports."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from poise_common.contracts.control import Alert
from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    VenueState,
)
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    LegRole,
    OrderStyle,
    PackageAction,
    PackageApproved,
)
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import stream_of
from poise_common.domain.instruments import Instrument, Side
from poise_common.platform.bus.redis_streams import read_after
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, decoder_of, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_venues.errors import VenueUnreachable
from poise_venues.market_data import MarketData
from poise_venues.observations import BookView

STRATEGY = "funding_carry"
_SPEAK_EVERY_S = 0.5
_BOOK_LEVELS = 20
_BLOCK_MS = 500
_PAGE = 1_000
_LIFE = timedelta(seconds=5)
_COLLAR = Decimal("0.004")
_ENDS = (PackageOpened, PackageClosed, PackageClosedPartly, PackageAborted, PackageHalted, ApprovalRefused)

End = PackageOpened | PackageClosed | PackageClosedPartly | PackageAborted | PackageHalted | ApprovalRefused
M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Pair:
    """An asset's two instruments at one venue."""

    venue: str
    asset: str
    spot: Instrument
    perpetual: Instrument

    def leg(self, role: LegRole) -> Instrument:
        return self.spot if role is LegRole.LONG else self.perpetual


@dataclass(slots=True)
class Heard:
    """What execution has told so far."""

    reports: list[Message] = field(default_factory=list)
    ends: dict[UUID, list[End]] = field(default_factory=dict)
    """By approval, oldest first."""
    venues: dict[str, VenueState] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)


class Surroundings:
    """Speak for the rest of the desk about some assets at some venues that show the same prices."""

    def __init__(
        self,
        redis: Redis,
        prices: MarketData,
        risk_key: Ed25519PrivateKey,
        *,
        venues: Sequence[str],
        assets: Sequence[str],
    ) -> None:
        self._redis = redis
        self._prices = prices
        self._signer = Signer(risk_key)
        self._venues = venues
        self._assets = assets
        self._new_id = random_ids()
        self._books: dict[str, BookView] = {}
        self._news = asyncio.Condition()
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.heard = Heard()

    async def prepare(self) -> None:
        """Read the instruments and the first books."""
        await self._prices.session.connect()
        symbols = tuple(symbol for asset in self._assets for symbol in _symbols(asset))
        found = await self._prices.instruments(symbols)
        for venue in self._venues:
            for asset in self._assets:
                spot, perpetual = (found[symbol].model_copy(update={"venue": venue}) for symbol in _symbols(asset))
                self.pairs[venue, asset] = Pair(venue, asset, spot, perpetual)
        await self._look()

    async def leave(self) -> None:
        """Close what was opened."""
        await self._prices.session.close()

    async def speak(self) -> None:
        """Tell books, universe and risk's standing until cancelled."""
        while True:
            await self._say(self._universe(), self._standing(), *self._books_told())
            await asyncio.sleep(_SPEAK_EVERY_S)
            await self._look()

    async def listen(self) -> None:
        """Take in reports, states and alerts until cancelled."""
        streams = {
            stream.name: decoder_of(stream)
            for stream in (stream_of(PackageOpened), stream_of(VenueState), stream_of(Alert))
        }
        positions = dict.fromkeys(streams, "0-0")
        while True:
            for name, entries in await read_after(self._redis, positions, count=_PAGE, block_ms=_BLOCK_MS):
                for entry_id, fields in entries:
                    positions[name] = entry_id.decode()
                    message = streams[name](fields)
                    if isinstance(message, Message) and message.id not in self.heard.ids:
                        self.heard.ids.add(message.id)
                        self._hear(message)
                async with self._news:
                    self._news.notify_all()

    async def until(self, holds: Callable[[], bool], *, within_s: float, what: str) -> None:
        """Wait until something holds of what was heard; TimeoutError says what did not."""
        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(holds)
        except TimeoutError:
            raise TimeoutError(f"not within {within_s:g} s: {what}") from None

    async def say(self, message: Message) -> None:
        """Publish one message as another service would."""
        await self._say(message)

    def message(self, kind: type[M], **fields: Any) -> M:
        """Make a message that starts a trace."""
        now = utc_now()
        return kind.first(self._new_id(now), "surroundings", now, **fields)

    def opening(self, pair: Pair, usd: Decimal) -> PackageApproved:
        """Return a signed approval to open a package of about so many dollars on each leg."""
        return self._approved(pair, PackageAction.OPEN, None, self._even_quantities(pair, usd), OrderStyle.IOC)

    def closing(
        self, pair: Pair, package_id: UUID, held: Mapping[LegRole, Decimal], style: OrderStyle = OrderStyle.IOC
    ) -> PackageApproved:
        """Return a signed approval to close what a package holds."""
        quantities = {role: pair.leg(role).round_quantity(held[role]) for role in LegRole}
        return self._approved(pair, PackageAction.CLOSE, package_id, quantities, style)

    def last_end(self, approval_id: UUID) -> End | None:
        """Return the newest word on how an approval ended."""
        ends = self.heard.ends.get(approval_id)
        return ends[-1] if ends else None

    def mid_price(self, pair: Pair, role: LegRole) -> Decimal:
        """Return the newest mid price of a leg."""
        book = self._books[pair.leg(role).symbol]
        return Decimal(repr((book.bids[0].price + book.asks[0].price) / 2))

    def _approved(
        self,
        pair: Pair,
        action: PackageAction,
        package_id: UUID | None,
        quantities: Mapping[LegRole, Decimal],
        style: OrderStyle,
    ) -> PackageApproved:
        now = utc_now()
        long_leg, short_leg = (self._leg(pair, role, action, quantities[role]) for role in LegRole)
        approval = Approval(
            approval_id=self._new_id(now),
            request_id=self._new_id(now),
            package_id=package_id or self._new_id(now),
            action=action,
            style=style,
            strategy=STRATEGY,
            asset=pair.asset,
            legs=(long_leg, short_leg),
            issued_at=now,
            expires_at=now + _LIFE,
            epoch=1,
        )
        return self.message(PackageApproved, approval=approval, signature=self._signer.sign(approval))

    def _leg(self, pair: Pair, role: LegRole, action: PackageAction, quantity: Decimal) -> ApprovedLeg:
        instrument = pair.leg(role)
        side = Side.BUY if (role is LegRole.LONG) is (action is PackageAction.OPEN) else Side.SELL
        book = self._books[instrument.symbol]
        best = Decimal(repr((book.asks if side is Side.BUY else book.bids)[0].price))
        return ApprovedLeg(
            role=role,
            venue=pair.venue,
            symbol=instrument.symbol,
            side=side,
            quantity=quantity,
            decision_price=best,
            limit_price=best * (1 + side.sign * _COLLAR),
            reduce_only=action is PackageAction.CLOSE and instrument.is_derivative,
        )

    def _even_quantities(self, pair: Pair, usd: Decimal) -> dict[LegRole, Decimal]:
        step = max(pair.spot.quantity_step, pair.perpetual.quantity_step)
        quantity = (usd / self.mid_price(pair, LegRole.LONG) / step).to_integral_value() * step
        return dict.fromkeys(LegRole, quantity)

    def _hear(self, message: Message) -> None:
        self.heard.reports.append(message)
        match message:
            case VenueState():
                self.heard.venues[message.venue] = message
            case Alert():
                self.heard.alerts.append(message)
            case _ if isinstance(message, _ENDS):
                self.heard.ends.setdefault(message.approval_id, []).append(message)

    async def _look(self) -> None:
        symbols = [symbol for asset in self._assets for symbol in _symbols(asset)]
        answers = await asyncio.gather(
            *(self._prices.book(symbol, _BOOK_LEVELS) for symbol in symbols), return_exceptions=True
        )
        for symbol, answer in zip(symbols, answers, strict=True):
            if isinstance(answer, BookView):
                self._books[symbol] = answer
            elif not isinstance(answer, VenueUnreachable):
                raise answer

    def _books_told(self) -> list[OrderBook]:
        return [
            self.message(
                OrderBook,
                venue=pair.venue,
                symbol=instrument.symbol,
                tier=1,
                sequence=view.sequence,
                venue_time=view.venue_time or view.received_at,
                received_at=view.received_at,
                bids=view.bids,
                asks=view.asks,
            )
            for pair in self.pairs.values()
            for instrument in (pair.spot, pair.perpetual)
            for view in (self._books[instrument.symbol],)
        ]

    def _standing(self) -> RiskState:
        return self.message(
            RiskState, mode=SystemMode.ACTIVE, reason="", set_by="surroundings", since=utc_now(), epoch=1
        )

    def _universe(self) -> Universe:
        listed = tuple(
            UniverseAsset(
                asset=pair.asset,
                tier=1,
                sector="other",
                venue=pair.venue,
                spot=pair.spot,
                hedge=pair.perpetual,
                volume_24h_usd=1e9,
                hedge_volume_24h_usd=1e9,
                depth_usd=1e7,
                spread_pct=0.01,
                btc_correlation=None,
            )
            for pair in self.pairs.values()
        )
        return self.message(Universe, as_of=utc_now(), assets=listed)

    async def _say(self, *messages: Message) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for message in messages:
                out = encode(message)
                pipeline.xadd(out.name, {KEY_FIELD: out.key, DATA_FIELD: out.payload}, maxlen=out.stream.max_entries)
            await pipeline.execute()


def _symbols(asset: str) -> tuple[str, str]:
    return f"{asset}/USDT", f"{asset}/USDT:USDT"
