"""All feeds of all venues: what is followed is told from outside, what is seen is pushed to the core."""

import asyncio
from collections.abc import Iterable, Mapping

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Hop
from poise_common.domain.clock import Clock, to_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId, InstrumentKind
from poise_common.platform.service import Push
from poise_ingestion.adapters.channel_follower import ChannelFollower
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.domain.effects import Followed
from poise_ingestion.domain.observations import CandlesSeen, FeedInterrupted, FundingSeen, TradesSeen
from poise_venues.channels import Channel
from poise_venues.errors import VenueUnreachable
from poise_venues.live_feeds import LiveFeeds

_STAGE = "received"
_MARKETS = "markets of the feeds"
_CHANNELS_OF_ALL = (Channel.BOOKS,)
_CHANNELS_OF_TRADED = (Channel.TRADES, Channel.CANDLES)
_SPOKEN_ALWAYS = frozenset({Channel.BOOKS, Channel.FUNDING})
"""Channels on which silence means a broken connection, not a quiet market."""


_KINDS = {
    "spot": frozenset({InstrumentKind.SPOT}),
    "perpetual": frozenset({InstrumentKind.LINEAR_PERPETUAL, InstrumentKind.INVERSE_PERPETUAL}),
    "dated": frozenset({InstrumentKind.LINEAR_FUTURE, InstrumentKind.INVERSE_FUTURE}),
}
"""What may be subscribed to together: ccxt refuses a message about markets of several kinds."""


class VenueFeeds:
    """One venue's channels, of each kind of market apart."""

    def __init__(
        self, feeds: LiveFeeds, *, outage: VenueOutage, silence_max_s: float, now: Clock, new_id: NewId, push: Push
    ) -> None:
        self._venue = feeds.venue
        self._feeds = feeds
        self._outage = outage
        self._now = now
        self._new_id = new_id
        self._push = push
        self._tiers: dict[str, int] = {}
        takes = {
            Channel.BOOKS: self._take_book,
            Channel.TRADES: self._take_trades,
            Channel.CANDLES: self._take_candles,
            Channel.FUNDING: self._take_funding,
        }
        self._followed: tuple[Followed, ...] = ()
        self._unknown_listed = asyncio.Event()
        self._followers = {
            (channel, kind): ChannelFollower(
                feeds,
                channel,
                name=f"{kind} {channel.name.lower()}",
                outage=outage,
                take=take,
                interrupted=self._interrupted if channel is Channel.BOOKS else _nobody_minds,
                silence_max_s=silence_max_s if channel in _SPOKEN_ALWAYS else None,
            )
            for channel, take in takes.items()
            for kind in _KINDS
        }

    def follow(self, instruments: Iterable[Followed]) -> None:
        """Follow exactly these instruments; those listed since the markets were read, once they are read again."""
        self._followed = tuple(instruments)
        self._follow_known()

    def _follow_known(self) -> None:
        # One unknown symbol in a subscription would end the channel for all the others.
        followed = [one for one in self._followed if self._feeds.knows(one.instrument.symbol)]
        if len(followed) < len(self._followed):
            self._unknown_listed.set()
        self._tiers = {one.instrument.symbol: one.tier for one in followed}
        for (channel, kind), follower in self._followers.items():
            follower.follow(
                frozenset(
                    one.instrument.symbol
                    for one in followed
                    if one.instrument.kind in _KINDS[kind] and channel in _channels_of(one)
                )
            )

    async def run(self) -> None:
        """Follow until cancelled."""
        await self._connect()
        self._unknown_listed.clear()
        self._follow_known()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._learn_listings())
            for follower in self._followers.values():
                group.create_task(follower.run())

    async def _connect(self) -> None:
        """Read the markets once for all channels: one that gave up while they wait together would end the others."""
        while True:
            try:
                await self._feeds.connect()
            except VenueUnreachable as error:
                await asyncio.sleep(self._outage.goes_on(_MARKETS, error))
            else:
                self._outage.is_over(_MARKETS)
                return

    async def _learn_listings(self) -> None:
        while True:
            await self._unknown_listed.wait()
            try:
                await self._feeds.learn_listings()
            except VenueUnreachable as error:
                await asyncio.sleep(self._outage.goes_on(_MARKETS, error))
                continue
            self._outage.is_over(_MARKETS)
            self._follow_known()
            self._unknown_listed.clear()  # what is unknown still, the venue does not list

    async def _take_book(self, symbol: str) -> None:
        view = await self._feeds.next_book(symbol)
        tier = self._tiers.get(symbol)
        if tier is None:  # given up while the book was on its way
            return
        id_ = self._new_id(view.received_at)
        await self._push(
            # Not validated here: the gate looks at every level, and the hot path need not do so twice.
            OrderBook.model_construct(
                id=id_,
                trace_id=id_,
                hops=(Hop(stage=_STAGE, at=view.received_at),),
                venue=self._venue,
                symbol=symbol,
                tier=tier,
                sequence=view.sequence,
                venue_time=view.venue_time or view.received_at,
                received_at=view.received_at,
                bids=view.bids,
                asks=view.asks,
            )
        )

    async def _take_trades(self, symbol: str) -> None:
        trades = await self._feeds.next_trades(symbol)
        seen = tuple((to_ms(trade.time), trade.side, trade.quantity) for trade in trades)
        now = self._now()
        await self._push(
            TradesSeen.first(self._new_id(now), _STAGE, now, venue=self._venue, symbol=symbol, trades=seen)
        )

    async def _take_candles(self, symbol: str) -> None:
        candles = await self._feeds.next_candles(symbol)
        now = self._now()
        await self._push(
            CandlesSeen.first(self._new_id(now), _STAGE, now, venue=self._venue, symbol=symbol, candles=candles)
        )

    async def _take_funding(self, symbol: str) -> None:
        funding = await self._feeds.next_funding(symbol)
        now = self._now()
        await self._push(
            FundingSeen.first(
                self._new_id(now),
                _STAGE,
                now,
                venue=self._venue,
                symbol=symbol,
                funding_rate_per_interval=funding.rate_per_interval,
                predicted_next_rate_per_interval=funding.predicted_next_rate_per_interval,
                next_funding_at=funding.next_funding_at,
                mark_price=funding.mark_price,
                index_price=funding.index_price,
                received_at=now,
            )
        )

    async def _interrupted(self, symbol: str) -> None:
        now = self._now()
        await self._push(FeedInterrupted.first(self._new_id(now), _STAGE, now, venue=self._venue, symbol=symbol))


class FeedSource:
    """Follow all venues' feeds; `follow` may be called before and while it runs."""

    def __init__(
        self,
        feeds: Mapping[str, LiveFeeds],
        outages: Mapping[str, VenueOutage],
        *,
        silence_max_s: float,
        now: Clock,
        new_id: NewId,
    ) -> None:
        self._outages = outages
        self._feeds = feeds
        self._silence_max_s = silence_max_s
        self._now = now
        self._new_id = new_id
        self._venues: dict[str, VenueFeeds] = {}
        self._followed: dict[InstrumentId, Followed] = {}

    def follow(self, instruments: Iterable[Followed]) -> None:
        """Follow exactly these instruments."""
        self._followed = {one.instrument.id: one for one in instruments}
        for name, venue in self._venues.items():
            venue.follow(one for one in self._followed.values() if one.instrument.venue == name)

    def follows(self, instrument: InstrumentId) -> bool:
        """Say whether an instrument is followed now."""
        return instrument in self._followed

    async def run(self, push: Push) -> None:
        """Follow until cancelled, then close the connections."""
        self._venues = {
            name: VenueFeeds(
                feeds,
                outage=self._outages[name],
                silence_max_s=self._silence_max_s,
                now=self._now,
                new_id=self._new_id,
                push=push,
            )
            for name, feeds in self._feeds.items()
        }
        self.follow(self._followed.values())
        try:
            async with asyncio.TaskGroup() as group:
                for venue in self._venues.values():
                    group.create_task(venue.run())
        finally:
            for feeds in self._feeds.values():
                await feeds.close()


def _channels_of(followed: Followed) -> tuple[Channel, ...]:
    if followed.price_only:
        return _CHANNELS_OF_ALL
    funding = (Channel.FUNDING,) if followed.instrument.funding_interval_s is not None else ()
    return (*_CHANNELS_OF_ALL, *_CHANNELS_OF_TRADED, *funding)


async def _nobody_minds(_symbol: str) -> None:
    """Trades, candles and funding carry no sequence that would have to start over."""
