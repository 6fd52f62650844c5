"""The topology as data: every stream, what it carries, who writes it and who reads it."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from poise_common.contracts import control, execution, market_data, packages, state
from poise_common.contracts.message import Message


class StreamKind(StrEnum):
    FEED = "feed"
    """Newest wins; a slow reader skips, never lags."""
    STATE = "state"
    """A starting reader has the last value at once, then follows."""
    WORK = "work"
    """Never lost, effect once, in order."""


class Turn(IntEnum):
    """When a starting reader takes what it missed of a work stream: nothing new before all that is known."""

    COMMANDS = 0
    """A person's halt comes before anything it was meant to stop."""
    FACTS = 1
    REQUESTS = 2
    """What asks for new risk, or allows it."""


class Service(StrEnum):
    INGESTION = "ingestion"
    SIGNALS = "signals"
    RISK = "risk"
    EXECUTION = "execution"
    PORTFOLIO = "portfolio"
    NOTIFIER = "notifier"
    CONSOLE = "console"
    """People's side: the command line, the live view, later the web console."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream; `name` may have one `<tier>` part, filled in by the producer and read over all tiers by the others."""

    name: str
    kind: StreamKind
    messages: tuple[type[Message], ...]
    producers: frozenset[Service]
    consumers: frozenset[Service]
    max_entries: int | None = None
    """Feeds and states are capped; work is trimmed below every group's oldest pending entry only."""
    from_start: bool = False
    """A feed whose past a starting reader still wants: it reads what the cap has kept, then follows."""
    turn: Turn = Turn.FACTS

    def names(self, tiers: tuple[int, ...]) -> tuple[str, ...]:
        """Return the Redis keys this stream stands for."""
        return (
            tuple(self.name.replace("<tier>", str(tier)) for tier in tiers) if "<tier>" in self.name else (self.name,)
        )


TIERS = (1, 2, 3)

_ALL = frozenset(Service)
_I, _S, _R, _E, _P, _N, _C = Service

STREAMS: tuple[Stream, ...] = (
    Stream(
        "md.books.<tier>",
        StreamKind.FEED,
        (market_data.OrderBook,),
        frozenset({_I}),
        frozenset({_S, _R, _P, _E}),
        2_000,
    ),
    Stream(
        "md.funding",
        StreamKind.FEED,
        (market_data.FundingRate,),
        frozenset({_I}),
        frozenset({_S, _R, _P}),
        2_000,
    ),
    Stream("md.trades", StreamKind.FEED, (market_data.TradeFlow,), frozenset({_I}), frozenset({_S, _P}), 5_000),
    Stream(
        "md.candles",
        StreamKind.FEED,
        (market_data.CandleClosed, market_data.CandleHistory),
        frozenset({_I}),
        frozenset({_S, _P}),
        20_000,
        from_start=True,
    ),
    Stream(
        "md.universe",
        StreamKind.STATE,
        (market_data.Universe,),
        frozenset({_I}),
        frozenset({_I, _S, _R, _P, _E, _C}),
        16,
    ),
    Stream(
        "md.market",
        StreamKind.STATE,
        (market_data.MarketOverview,),
        frozenset({_I}),
        frozenset({_S, _C}),
        16,
    ),
    Stream(
        "signals",
        StreamKind.FEED,
        (packages.CandidateEvaluated,),
        frozenset({_S}),
        frozenset({_P, _C}),
        5_000,
    ),
    Stream(
        "execution.requests",
        StreamKind.WORK,
        (packages.OpenPackage, packages.ClosePackage, packages.RollPackage),
        frozenset({_S, _P, _C}),
        frozenset({_R}),
        turn=Turn.REQUESTS,
    ),
    Stream(
        "execution.decisions",
        StreamKind.WORK,
        (packages.PackageDecided,),
        frozenset({_R}),
        frozenset({_S, _P}),
    ),
    Stream(
        "execution.approved",
        StreamKind.WORK,
        (packages.PackageApproved, packages.RollApproved),
        frozenset({_R}),
        frozenset({_E}),
        turn=Turn.REQUESTS,
    ),
    Stream(
        "execution.reports",
        StreamKind.WORK,
        (
            execution.OrderSent,
            execution.LegFilled,
            execution.LongLegPassedOn,
            execution.PackageOpened,
            execution.PackageClosed,
            execution.PackageClosedPartly,
            execution.PackageAborted,
            execution.PackageHalted,
            execution.ApprovalRefused,
            execution.AccountReported,
            execution.FundingPaid,
            execution.ContractSettled,
            execution.DifferenceAcknowledged,
        ),
        frozenset({_E}),
        frozenset({_S, _R, _P}),
    ),
    Stream(
        "portfolio.state",
        StreamKind.STATE,
        (state.PortfolioState,),
        frozenset({_P}),
        frozenset({_R, _S, _N, _C}),
        64,
    ),
    Stream(
        "portfolio.correlations",
        StreamKind.STATE,
        (state.CorrelationMatrix,),
        frozenset({_P}),
        frozenset({_R, _S, _C}),
        64,
    ),
    Stream("portfolio.phase", StreamKind.STATE, (state.PhaseState,), frozenset({_P}), frozenset({_R, _C}), 16),
    Stream(
        "execution.state", StreamKind.STATE, (execution.VenueState,), frozenset({_E}), frozenset({_R, _P, _N, _C}), 64
    ),
    Stream("risk.state", StreamKind.STATE, (state.RiskState,), frozenset({_R}), _ALL - {_R}, 64),
    Stream(
        "control.commands",
        StreamKind.WORK,
        (
            control.Halt,
            control.Resume,
            control.Flatten,
            control.ReloadLimits,
            control.Acknowledge,
            control.Promote,
            control.Rebalance,
        ),
        frozenset({_C, _N}),
        frozenset({_R, _E, _P}),
        turn=Turn.COMMANDS,
    ),
    Stream("alerts", StreamKind.WORK, (control.Alert,), _ALL - {_N}, frozenset({_N})),
)

_BY_MESSAGE = {message: stream for stream in STREAMS for message in stream.messages}


def stream_of(message: type[Message]) -> Stream:
    """Return the one stream that carries a message type."""
    return _BY_MESSAGE[message]


def consumed_by(service: Service) -> tuple[Stream, ...]:
    """Return the streams a service reads, in the order of the flow."""
    return tuple(stream for stream in STREAMS if service in stream.consumers)


def published_by(service: Service) -> tuple[Stream, ...]:
    """Return the streams a service writes, in the order of the flow."""
    return tuple(stream for stream in STREAMS if service in stream.producers)
