"""What each asset's dated futures stand above its spot by, expiry by expiry, and what carrying one would earn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import AwareDatetime

from poise.desk_bus import DeskBus, ask
from poise.opportunities.heard import Heard
from poise.opportunities.ranking import FORGOTTEN_AFTER
from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.instruments import InstrumentId
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now

_STRATEGY = "cash_and_carry"
_DAY_S = 86_400
_YEAR_DAYS = 365


class Expiry(Value):
    """One dated future against its spot; basis and yields as fractions, rates a year."""

    venue: str
    symbol: str
    expires_at: AwareDatetime
    days_to_expiry: float
    spot_price: float
    future_price: float
    basis: float
    annualised_basis: float
    """Basis × 365 / days to expiry."""
    net_yield: float | None
    """After all costs; None while it is held."""
    net_apr: float | None
    held: bool
    why_not: str | None


class TermStructure(Value):
    """An asset's expiries, the nearest first."""

    asset: str
    expiries: tuple[Expiry, ...]


class TermStructures(Heard):
    """Those of all assets that have any, or of one."""

    structures: tuple[TermStructure, ...]


async def read_term_structures(redis_url: str, asset: str | None, *, wait_s: float) -> TermStructures:
    """Read what the bus has; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> TermStructures:
        universe = next(iter(await bus.newest(Universe)), None)
        return term_structures(await bus.newest(CandidateEvaluated), universe, asset, utc_now())

    return await ask(redis_url, read, wait_s=wait_s, answerer="signals")


def term_structures(
    evaluated: Iterable[CandidateEvaluated], universe: Universe | None, asset: str | None, now: datetime
) -> TermStructures:
    """Put together what signals told lately of spot against dated futures."""
    heard = list(evaluated)
    expiries = _expiries_of(universe)
    found: dict[str, list[Expiry]] = defaultdict(list)
    for told in heard:
        if told.strategy != _STRATEGY or asset not in (None, told.asset) or now - told.evaluated_at > FORGOTTEN_AFTER:
            continue
        expires_at = expiries.get(told.short_id)
        expiry = None if expires_at is None else _expiry(told, expires_at, now)
        if expiry is not None:
            found[told.asset].append(expiry)
    return TermStructures(
        read_at=now,
        structures=tuple(
            TermStructure(asset=each, expiries=tuple(sorted(found[each], key=lambda one: (one.expires_at, one.venue))))
            for each in sorted(found)
        ),
        last_heard_at=max((told.evaluated_at for told in heard), default=None),
    )


def _expiries_of(universe: Universe | None) -> Mapping[InstrumentId, datetime]:
    assets = () if universe is None else universe.assets
    return {
        future.id: future.expires_at for asset in assets for future in asset.futures if future.expires_at is not None
    }


def _expiry(told: CandidateEvaluated, expires_at: datetime, now: datetime) -> Expiry | None:
    days = (expires_at - now).total_seconds() / _DAY_S
    if told.basis is None or told.long_price is None or told.short_price is None or days <= 0:
        return None
    basis = told.basis + (told.slippage or 0.0)
    return Expiry(
        venue=told.short_venue,
        symbol=told.short_symbol,
        expires_at=expires_at,
        days_to_expiry=days,
        spot_price=told.long_price,
        future_price=told.short_price,
        basis=basis,
        annualised_basis=basis * _YEAR_DAYS / days,
        net_yield=None if told.held else told.net_yield,
        net_apr=told.net_apr,
        held=told.held,
        why_not=told.why_not,
    )
