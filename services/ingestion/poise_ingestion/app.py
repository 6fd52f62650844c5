"""Composition: from settings and configuration to the service."""

import os
from collections.abc import Mapping
from functools import partial

from poise_common.contracts.streams import Service
from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.refusals import ConfigRefused
from poise_common.platform.service import ServiceSpec
from poise_ingestion.adapters.duty_lease import DutyLease
from poise_ingestion.adapters.effects import IngestionEffects
from poise_ingestion.adapters.feed_figures import FeedFigures
from poise_ingestion.adapters.feed_source import FeedSource
from poise_ingestion.adapters.market_overview import overview_source
from poise_ingestion.adapters.reliability_board import ReliabilityBoard
from poise_ingestion.adapters.replica_roll import ReplicaRoll, name_replica
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.adapters.venue_scanner import VenueScanner
from poise_ingestion.adapters.venue_scans import VenueScans
from poise_ingestion.domain.core import IngestionCore
from poise_ingestion.domain.parameters import IngestionConfig, UniverseConfig
from poise_ingestion.settings import IngestionSettings
from poise_venues.errors import VenueRefused
from poise_venues.live_feeds import LiveFeeds
from poise_venues.market_data import MarketData, open_market_data
from poise_venues.metrics import VENUE_UP
from poise_venues.parameters import VenuesConfig
from poise_venues.rate_limits import redis_for_budgets

_TICK_INTERVAL_S = 0.25


def compose(settings: IngestionSettings, environment: Mapping[str, str] = os.environ) -> ServiceSpec:
    """Put one ingestion process together; raises StartRefused."""
    directory = settings.config.dir
    universe = load_section(directory, "universe", UniverseConfig, environment)
    config = load_section(directory, "ingestion", IngestionConfig, environment, reserved=("tier",))
    venues = load_section(directory, "venues", VenuesConfig, environment)
    now, new_id = utc_now, random_ids()
    redis = connect_redis(settings.redis.read_url())
    markets = _open_markets(venues, settings, now)
    board = ReliabilityBoard(redis, now)
    tiers, replica = settings.ingestion.tiers, name_replica()
    roll = ReplicaRoll(redis, replica, tiers, config.sharing, now=now, new_id=new_id)
    outages = {name: VenueOutage(name) for name in markets}
    for name, outage in outages.items():
        VENUE_UP.labels(name).set_function(partial(_is_up, outage))
    figures = FeedFigures(stale_after_s=config.staleness.stale_after_s, now=now)
    feeds = _feed_source(markets, outages, config, now, new_id)
    effects = IngestionEffects(
        config,
        markets,
        VenueScans(
            {name: VenueScanner(market_data, universe, now) for name, market_data in markets.items()},
            outages,
            others_wait_s=universe.scan.others_wait_s,
        ),
        feeds,
        board,
        roll=roll,
        overview=overview_source(config.overview),
        outages=outages,
        now=now,
        new_id=new_id,
    )
    return ServiceSpec(
        service=Service.INGESTION,
        build_core=lambda _state: ObservedCore(
            IngestionCore(universe, config, tiers, new_id, replica=replica), figures.see
        ),
        effects=effects,
        sources=(feeds, roll, DutyLease(redis, config.duty, now, new_id)),
        tick_interval_s=_TICK_INTERVAL_S,
    )


def _open_markets(venues: VenuesConfig, settings: IngestionSettings, now: Clock) -> dict[str, MarketData]:
    budgets = redis_for_budgets(settings.redis.read_url())
    try:
        return {name: open_market_data(name, venues[name], redis=budgets, now=now) for name in venues.names}
    except VenueRefused as refused:
        raise ConfigRefused(settings.config.dir / "venues.yaml", refused.problems) from None


def _is_up(outage: VenueOutage) -> float:
    return float(not outage.lasts)


def _feed_source(
    markets: Mapping[str, MarketData],
    outages: Mapping[str, VenueOutage],
    config: IngestionConfig,
    now: Clock,
    new_id: NewId,
) -> FeedSource:
    return FeedSource(
        {
            name: LiveFeeds(market_data, snapshot_levels=config.books.snapshot_levels, levels=config.books.levels)
            for name, market_data in markets.items()
        },
        outages,
        silence_max_s=config.staleness.reconnect_after_s,
        now=now,
        new_id=new_id,
    )
