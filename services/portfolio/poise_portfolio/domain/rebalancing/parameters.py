"""What of rebalancing can be tuned."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.packages import OrderStyle
from poise_common.domain.value import Value
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, ModelParameters

Seconds = Annotated[float, Field(gt=0)]
Percent = Annotated[Decimal, Field(gt=0, le=100)]
Usd = Annotated[Decimal, Field(gt=0)]
BasisPoints = Annotated[Decimal, Field(ge=0, le=500)]


class Occasions(Value):
    """When a plan is made and carried out without anybody ordering it."""

    automatic: bool
    period_h: Annotated[float, Field(gt=0)]
    large_move_pct_of_equity: Percent
    """A weight this far off is not left until the period is over."""
    check_interval_s: Seconds
    pause_s: Seconds
    """From the end of a plan until a large move may set off another."""


class Bands(Value):
    """How far weights may be off, and how little is not worth a trade."""

    of_equity_pct: Percent
    momentum_of_target_pct: Percent
    """Of the asset's own target; momentum alone."""
    min_trade_usd: Usd

    def width_usd(self, model: str, target_usd: Decimal, equity_usd: Decimal) -> Decimal:
        """Return how far an asset's exposure may be from its target."""
        if model == ModelName.MOMENTUM:
            return target_usd * self.momentum_of_target_pct / 100
        return equity_usd * self.of_equity_pct / 100


class VenueGroup(Value):
    """Venues that have a share of the desk's capital together."""

    name: Annotated[str, Field(min_length=1)]
    venues: tuple[str, ...]
    target_pct: Percent


class Capital(Value):
    """What the model may spread over assets, and how the desk's capital is meant to lie at venues."""

    of_equity_pct: Percent
    cluster_max_pct_of_equity: Percent
    """Assets that move as one count as one."""
    venue_groups: tuple[VenueGroup, ...]
    cash_pct: Annotated[Decimal, Field(ge=0, le=100)]

    @model_validator(mode="after")
    def _shares_are_of_one_whole(self) -> Self:
        total = sum((group.target_pct for group in self.venue_groups), self.cash_pct)
        if total > 100:
            raise ValueError(f"the venue groups' target_pct and cash_pct add up to {total}; at most 100 passes")
        return self

    @model_validator(mode="after")
    def _a_venue_is_in_one_group(self) -> Self:
        venues = [venue for group in self.venue_groups for venue in group.venues]
        twice = sorted({venue for venue in venues if venues.count(venue) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: in more than one of venue_groups; each venue passes in one")
        return self


class Selling(Value):
    """How packages are made smaller."""

    order_style: OrderStyle
    collar_bps: BasisPoints


class Buying(Value):
    """What more of an asset must earn to be bought."""

    net_yield_min_pct: Annotated[float, Field(ge=-5, le=5)]
    """Basis after the fees of the way in and out and the buffer, and the funding that signals expects."""
    safety_buffer_bps: Annotated[float, Field(ge=0, le=500)]
    exit_order: OrderStyle
    """By which style the way out is reckoned."""
    collar_bps: BasisPoints
    signals_first_s: Annotated[float, Field(ge=0)]
    """A candidate that nothing is held of is asked for by signals itself: so long it is left to that."""


class Requests(Value):
    """How trades are asked for, and asked for again."""

    books_stale_after_s: Seconds
    candidate_stale_after_s: Seconds
    expires_after_s: Seconds
    answer_within_s: Seconds
    retry_s: Seconds
    tries_max: Annotated[int, Field(ge=1)]
    give_up_after_s: Seconds
    """Sells, and then buys, have so long; what is not traded by then is left."""

    @model_validator(mode="after")
    def _a_request_is_dead_before_it_is_repeated(self) -> Self:
        if self.expires_after_s >= self.answer_within_s:
            raise ValueError(
                f"expires_after_s {self.expires_after_s} would leave two requests of one trade alive at once: "
                f"pass less than answer_within_s {self.answer_within_s}"
            )
        return self


class RebalancerParameters(Value):
    """The whole section."""

    models: ModelParameters
    occasions: Occasions
    bands: Bands
    capital: Capital
    selling: Selling
    buying: Buying
    requests: Requests
