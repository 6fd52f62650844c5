"""The venue's WebSocket channels, and the topics that subscriptions to them mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from poise_simulator.faults.targets import Occasion, Target
from poise_simulator.okx.bars import BARS
from poise_simulator.okx.instruments import InstType
from poise_simulator.okx.venue import OkxVenue


class Socket(StrEnum):
    """The venue's three addresses below `/ws/v5/`."""

    PUBLIC = "public"
    PRIVATE = "private"
    BUSINESS = "business"


_EVERY_TYPE = frozenset(InstType)
_DERIVATIVES = frozenset({InstType.SWAP, InstType.FUTURES})


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of stream: where it is, what a subscription names, and how often it is sent by the clock, if so.

    `types` are those of the instruments that `instId` may name. A private one is of the account that is logged in.
    """

    name: str
    socket: Socket
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    period_ms: int = 0
    types: frozenset[InstType] = _EVERY_TYPE
    is_private: bool = False


INDEX_TICKERS = "index-tickers"
_BY_INSTRUMENT = ("instId",)
_BY_TYPE = ("instType",)
_OF_TYPE = ("instFamily", "instId")

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("books", Socket.PUBLIC, _BY_INSTRUMENT, period_ms=100),
        Channel("books5", Socket.PUBLIC, _BY_INSTRUMENT, period_ms=100),
        Channel("bbo-tbt", Socket.PUBLIC, _BY_INSTRUMENT),
        Channel("tickers", Socket.PUBLIC, _BY_INSTRUMENT, period_ms=100),
        Channel("trades", Socket.PUBLIC, _BY_INSTRUMENT),
        Channel("mark-price", Socket.PUBLIC, _BY_INSTRUMENT, types=_DERIVATIVES),
        Channel("funding-rate", Socket.PUBLIC, _BY_INSTRUMENT, period_ms=30_000, types=frozenset({InstType.SWAP})),
        Channel(INDEX_TICKERS, Socket.PUBLIC, _BY_INSTRUMENT),
        Channel("instruments", Socket.PUBLIC, _BY_TYPE, period_ms=1_000),
        Channel("trades-all", Socket.BUSINESS, _BY_INSTRUMENT),
        *(Channel(f"candle{bar}", Socket.BUSINESS, _BY_INSTRUMENT, period_ms=1_000) for bar in BARS),
        Channel("account", Socket.PRIVATE, (), ("ccy",), period_ms=5_000, is_private=True),
        Channel("positions", Socket.PRIVATE, _BY_TYPE, _OF_TYPE, period_ms=5_000, is_private=True),
        Channel("balance_and_position", Socket.PRIVATE, (), is_private=True),
        Channel("orders", Socket.PRIVATE, _BY_TYPE, _OF_TYPE, is_private=True),
    )
}
PAID_CHANNELS = frozenset({"books-l2-tbt", "books50-l2-tbt", "fills"})


@dataclass(frozen=True, slots=True)
class Topic:
    """One stream: a channel with what was named, of one account where it is private."""

    channel: str
    arg: tuple[tuple[str, str], ...]
    period_ms: int = 0
    account_id: str | None = None

    @property
    def name(self) -> str:
        """Tell it from the others, such as `books:BTC-USDT`."""
        return ":".join((self.channel, *(value for _, value in self.arg), self.account_id or "")).rstrip(":")

    @property
    def wire_arg(self) -> dict[str, str]:
        """Return the `arg` of its messages."""
        return {"channel": self.channel, **dict(self.arg)}

    def named(self, parameter: str) -> str:
        """Return what a subscription named, an empty text for what it left out."""
        return dict(self.arg).get(parameter, "")


class SubscriptionError(Exception):
    """A subscription that the venue refuses, in its words."""

    def __init__(self, code: int, message: str) -> None:
        """Keep code and words."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def parse_topic(venue: OkxVenue, socket: Socket, arg: Mapping[str, object], account_id: str | None) -> Topic:
    """Return the topic that a subscription on a socket means; raises `SubscriptionError`."""
    name = str(arg.get("channel", ""))
    if name in PAID_CHANNELS:
        raise SubscriptionError(64003, "Your trading fee tier doesn't meet the requirement to access this channel")
    channel = CHANNELS.get(name)
    if channel is None:
        raise _does_not_exist(arg)
    if channel.socket is not socket:
        raise _on_another_socket(channel, socket, arg)
    if channel.is_private and account_id is None:
        raise SubscriptionError(60011, "Please log in")
    named = tuple((key, str(arg[key])) for key in (*channel.needs, *channel.takes) if arg.get(key))
    if any(not arg.get(key) for key in channel.needs):
        raise _does_not_exist(arg)
    if not channel.is_private and not _exists(venue, channel, dict(named)):
        raise _does_not_exist(arg)
    return Topic(name, named, channel.period_ms, account_id if channel.is_private else None)


def occasion_of(venue: OkxVenue, topic: Topic) -> Occasion:
    """Describe a message of a market topic to the fault plan."""
    instrument = venue.names.find(topic.named("instId"))
    return Occasion(
        Target.MARKET_STREAM,
        topic.name,
        market=None if instrument is None else instrument.listed.market,
        symbol=None if instrument is None else instrument.listed.symbol,
        is_depth_diff=topic.channel == "books",
    )


def _exists(venue: OkxVenue, channel: Channel, named: Mapping[str, str]) -> bool:
    if "instId" not in named:
        return named.get("instType") in set(InstType)
    if channel.name == INDEX_TICKERS:
        return venue.names.has_index(named["instId"])
    found = venue.names.find(named["instId"])
    return found is not None and found.inst_type in channel.types


def _does_not_exist(arg: Mapping[str, object]) -> SubscriptionError:
    shown = ",".join(f"{key}:{value}" for key, value in arg.items())
    return SubscriptionError(
        60018,
        f"Wrong URL or {shown} doesn't exist. Please use the correct URL, channel and parameters "
        "referring to API document.",
    )


def _on_another_socket(channel: Channel, socket: Socket, arg: Mapping[str, object]) -> SubscriptionError:
    if channel.socket is Socket.BUSINESS:
        return SubscriptionError(
            64001,
            "This channel has been migrated to the '/business' URL. Please subscribe using the new URL.",
        )
    if socket is Socket.BUSINESS:
        return SubscriptionError(
            64002,
            'This channel is not supported by "/business" URL. Please use "/private" URL(for private channels), '
            'or "/public" URL(for public channels).',
        )
    return _does_not_exist(arg)
