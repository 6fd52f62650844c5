"""How much of each limit is used, as risk last told it."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from pydantic import AwareDatetime, computed_field

from poise.desk_bus import DeskBus, ask
from poise.figures import figure
from poise.operating.status import silence
from poise_common.contracts.state import LimitHeadroom, LimitsInForce, RiskState, SystemMode
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now

_WHOLE_PCT = Decimal(100)
_TENTH = Decimal("0.1")


class LimitUse(LimitHeadroom):
    """One limit of one subject, and how much of it is used."""

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def used_pct(self) -> Decimal | None:
        """The share of what is allowed that is used up, 100 at the limit; None: more than any share."""
        used, whole = (self.allowed, self.value) if self.at_least else (self.value, self.allowed)
        if used <= 0:
            return Decimal(0)
        return None if whole <= 0 else (_WHOLE_PCT * used / whole).quantize(_TENTH)

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def headroom_pct(self) -> Decimal | None:
        """The share of what is allowed that is left, below 0 beyond the limit; None: beyond any share."""
        return None if self.used_pct is None else _WHOLE_PCT - self.used_pct

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def reached(self) -> bool:
        """The value is at its limit or beyond; what allows nothing and has nothing is not."""
        if self.at_least:
            return self.value <= self.allowed
        return self.value >= self.allowed and self.value != 0

    @property
    def named(self) -> str:
        return f"{self.limit} of {self.subject}" if self.subject else self.limit


class LimitsUsed(Value):
    """Every limit that risk tells of, the most used first, and what of that wants a person."""

    read_at: AwareDatetime
    told_at: AwareDatetime | None
    mode: SystemMode | None
    in_force: LimitsInForce | None
    limits: tuple[LimitUse, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What is not as it should be; nothing while risk speaks and every limit has room."""
        return tuple(_attention(self))


async def read_limits(redis_url: str, *, wait_s: float) -> LimitsUsed:
    """Read risk's newest standing from the bus; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> LimitsUsed:
        told = await bus.newest(RiskState)
        risk = told[-1] if told else None
        return LimitsUsed(
            read_at=utc_now(),
            told_at=None if risk is None else risk.hops[-1].at,
            mode=None if risk is None else risk.mode,
            in_force=None if risk is None else risk.limits,
            limits=() if risk is None else most_used_first(risk.headroom),
        )

    return await ask(redis_url, read, wait_s=wait_s, answerer="risk")


def most_used_first(headroom: Iterable[LimitHeadroom]) -> tuple[LimitUse, ...]:
    """Put what is at its limit on top; equally used ones stand in the order risk tells them."""
    uses = [LimitUse(**each.model_dump()) for each in headroom]
    beyond = [each for each in uses if each.used_pct is None]
    return (*beyond, *sorted((use for use in uses if use.used_pct is not None), key=_least_headroom))


def _least_headroom(use: LimitUse) -> Decimal:
    return -(use.used_pct or Decimal(0))


def _attention(used: LimitsUsed) -> Iterator[str]:
    if (silent := silence("risk", used.told_at, used.read_at)) is not None:
        yield silent
    if used.told_at is not None and not used.limits:
        yield "risk tells of no limit: it does not know the portfolio"
    for use in used.limits:
        if use.reached:
            what = "at least " if use.at_least else "at most "
            yield f"{use.named} has no room left: {figure(use.value)}, {what}{figure(use.allowed)}"
    if used.in_force is not None and used.in_force.refusal is not None:
        refusal = " ".join(used.in_force.refusal.split())
        yield f"the last order to read the limits anew was refused: {refusal}"
