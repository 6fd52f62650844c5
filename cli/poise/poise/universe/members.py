"""The universe as ingestion last told it: members with their measures, the others with every reason."""

from pydantic import AwareDatetime, computed_field

from poise.desk_bus import DeskBus, ask
from poise.operating.status import silence
from poise_common.contracts.market_data import ExcludedAsset, Universe, UniverseAsset
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now


class Member(Value):
    """An asset that may be traded, and what of; amounts in USD, spread in percent."""

    asset: str
    tier: int
    sector: str
    venue: str
    spot: str
    hedge: str
    futures: tuple[str, ...]
    volume_24h_usd: float
    hedge_volume_24h_usd: float
    depth_usd: float | None
    spread_pct: float | None
    btc_correlation: float | None


class UniverseChoice(Value):
    """Which assets are wanted; None: all."""

    asset: str | None = None
    tier: int | None = None

    def takes(self, each: UniverseAsset | ExcludedAsset) -> bool:
        return self.asset in (None, each.asset) and self.tier in (None, each.tier)


class Membership(Value):
    """Who is in, and who is not and why, tier by tier."""

    read_at: AwareDatetime
    as_of: AwareDatetime | None
    members: tuple[Member, ...]
    excluded: tuple[ExcludedAsset, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to put a property into the JSON
    @property
    def attention(self) -> tuple[str, ...]:
        """What keeps the list from being the newest."""
        silent = silence("ingestion", self.as_of, self.read_at)
        return () if silent is None else (silent,)


async def read_membership(redis_url: str, choice: UniverseChoice, *, wait_s: float) -> Membership:
    """Read what the bus has; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> Membership:
        told = await bus.newest(Universe)
        universe = told[-1] if told else None
        if universe is None:
            return Membership(read_at=utc_now(), as_of=None, members=(), excluded=())
        members = sorted((each for each in universe.assets if choice.takes(each)), key=_biggest_first)
        excluded = sorted((each for each in universe.excluded if choice.takes(each)), key=_by_tier)
        return Membership(
            read_at=utc_now(),
            as_of=universe.as_of,
            members=tuple(_member(each) for each in members),
            excluded=tuple(excluded),
        )

    return await ask(redis_url, read, wait_s=wait_s, answerer="ingestion")


def _member(told: UniverseAsset) -> Member:
    return Member(
        asset=told.asset,
        tier=told.tier,
        sector=told.sector,
        venue=told.venue,
        spot=told.spot.symbol,
        hedge=told.hedge.symbol,
        futures=tuple(each.symbol for each in told.futures),
        volume_24h_usd=told.volume_24h_usd,
        hedge_volume_24h_usd=told.hedge_volume_24h_usd,
        depth_usd=told.depth_usd,
        spread_pct=told.spread_pct,
        btc_correlation=told.btc_correlation,
    )


def _biggest_first(each: UniverseAsset) -> tuple[int, float, str, str]:
    return each.tier, -each.hedge_volume_24h_usd, each.asset, each.venue


def _by_tier(each: ExcludedAsset) -> tuple[int, str, str]:
    return each.tier, each.asset, each.venue
