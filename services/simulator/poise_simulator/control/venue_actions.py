"""What happens to the venue as a whole: its books, its clock, its connections."""

from __future__ import annotations

from pydantic import Field

from poise_simulator.control.action import Action, Surroundings
from poise_simulator.control.answers import RefusedError
from poise_simulator.domain.instruments import Market
from poise_simulator.protocol.face import SocketKind


class Disconnect(Action):
    """Sockets are dropped without a word: those with user data, those with market data, or all."""

    command = "disconnect"
    streams: SocketKind = SocketKind.ALL

    def run(self, at: Surroundings) -> dict[str, object]:
        """Drop them."""
        at.face.drop_sockets(self.streams)
        return {}


class ExpireListenKeys(Action):
    """All listen keys run out, and their streams are told."""

    command = "expire_listen_keys"

    def run(self, at: Surroundings) -> dict[str, object]:
        """Let them run out."""
        return {"expired": at.face.expire_listen_keys()}


class HaltSymbol(Action):
    """A symbol stops trading, on one market or (without one) on all that have it."""

    command = "halt_symbol"
    symbol: str
    market: Market | None = None

    def run(self, at: Surroundings) -> dict[str, object]:
        """Halt its books."""
        markets = _markets(at, self)
        for market in markets:
            at.exchange.halt(market, self.symbol)
        return {"markets": markets}


class ResumeSymbol(Action):
    """A symbol trades again."""

    command = "resume_symbol"
    symbol: str
    market: Market | None = None

    def run(self, at: Surroundings) -> dict[str, object]:
        """Resume its books."""
        markets = _markets(at, self)
        for market in markets:
            at.exchange.resume(market, self.symbol)
        return {"markets": markets}


class Maintenance(Action):
    """Every request gets 503 and every socket is dropped and refused, until it is off; the market goes on."""

    command = "maintenance"
    on: bool

    def run(self, at: Surroundings) -> dict[str, object]:
        """Begin or end it."""
        at.exchange.set_maintenance(on=self.on)
        return {"on": self.on}


class ClockSkew(Action):
    """The venue's clock, as it shows and checks it, is ahead by so much; 0 sets it right."""

    command = "clock_skew"
    ms: int = Field(ge=-86_400_000, le=86_400_000)

    def run(self, at: Surroundings) -> dict[str, object]:
        """Set the clock."""
        at.face.served.clock_skew_ms = self.ms
        return {"now_ms": at.face.served.now_ms}


class Ban(Action):
    """An address gets 418 for a while: the caller's, unless another is given."""

    command = "ban"
    seconds: int = Field(gt=0)
    address: str | None = None

    def run(self, at: Surroundings) -> dict[str, object]:
        """Ban it."""
        address = self.address or at.address
        at.face.ban(address, self.seconds)
        return {"address": address}


def _markets(at: Surroundings, action: HaltSymbol | ResumeSymbol) -> list[Market]:
    wanted = list(Market) if action.market is None else [action.market]
    markets = [market for market in wanted if at.face.served.has(market, action.symbol)]
    if not markets:
        raise RefusedError(f"symbol: no {action.symbol!r} on {', '.join(wanted)}; symbols look like BTCUSDT")
    return markets
