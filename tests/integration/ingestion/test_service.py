import asyncio
import os
import signal
import sys

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator, free_port
from tests.integration.ingestion.processes import ROOT, Bus, ingestion, simulator_at

from poise_common.contracts.control import Alert
from poise_common.contracts.market_data import (
    CandleHistory,
    CandleInterval,
    FundingRate,
    OrderBook,
    TradeFlow,
    Universe,
)

QUICK_SCANS = {"POISE_UNIVERSE__SCAN__INTERVAL_S": "1", "POISE_UNIVERSE__SCAN__BOOK_LEVELS": "50"}


async def test_every_feed_of_every_tier_flows_and_no_book_is_crossed(
    redis_url: str, simulator: Simulator, bus: Bus
) -> None:
    async with ingestion(redis_url, simulator.http_url):
        universe = await bus.until(Universe)
        tiers = {asset.tier for asset in universe.assets}
        assert {"BTC", "ETH"} <= {asset.asset for asset in universe.assets if asset.tier == 1}
        assert tiers == {1, 2, 3}
        assert universe.excluded
        assert all(excluded.reasons for excluded in universe.excluded)
        assert universe.stablecoin_peg_symbols == {"USDT": "USDC/USDT", "USDC": "USDC/USDT", "FDUSD": "FDUSD/USDT"}
        dated = {asset.asset: [one.expires_at for one in asset.futures] for asset in universe.assets if asset.futures}
        assert dated.keys() == {"BTC", "ETH"}
        assert all(len(expiries) == 2 and expiries == sorted(expiries, key=str) for expiries in dated.values())
        sequences: dict[str, int] = {}
        for book in await bus.collect(OrderBook, 500):
            assert book.bids[0].price < book.asks[0].price
            assert book.sequence > sequences.get(book.symbol, -1)
            assert [hop.stage for hop in book.hops] == ["received", "ingestion"]
            sequences[book.symbol] = book.sequence
        for tier in (1, 2, 3):
            await bus.until(OrderBook, tier=tier)
        await bus.until(OrderBook, lambda book: book.symbol == "USDC/USDT", tier=1)
        await bus.until(OrderBook, lambda book: "USDT:USDT-" in book.symbol, tier=1)
        funding = await bus.until(FundingRate)
        assert funding.interval_s == 28_800
        assert len(funding.settled_rates_per_interval) == 90
        await bus.until(TradeFlow)
        histories = await bus.collect(CandleHistory, len(universe.assets) * 2 * len(CandleInterval))
        assert {one.symbol for one in histories} == {
            one.symbol for asset in universe.assets for one in (asset.spot, asset.hedge)
        }
        spans_h = {one.interval: len(one.candles) * one.interval.seconds / 3600 for one in histories}
        assert spans_h == {
            CandleInterval.MINUTE: pytest.approx(24, abs=0.1),
            CandleInterval.FIVE_MINUTES: pytest.approx(24, abs=0.2),
            CandleInterval.HOUR: pytest.approx(90 * 24, abs=2),
        }


@pytest.mark.parametrize("tier", [1, 2])
async def test_a_process_follows_its_own_tier_alone(redis_url: str, simulator: Simulator, bus: Bus, tier: int) -> None:
    async with ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER=str(tier)):
        universe = await bus.until(Universe)
        books = await bus.collect(OrderBook, 100)
        followed = {one.symbol for asset in universe.assets if asset.tier == tier for one in asset.instruments}
        pegs = {pair.symbol for pair in universe.peg_pairs} if tier == 1 else set()
        assert {book.tier for book in books} == {tier}
        assert {book.symbol for book in books} <= followed | pegs


async def test_feeds_come_back_by_themselves_when_the_venue_was_away(redis_url: str, bus: Bus) -> None:
    port = free_port()
    async with ingestion(redis_url, f"http://127.0.0.1:{port}", **QUICK_SCANS) as process:
        async with simulator_at(port):
            await bus.until(OrderBook)
        await bus.skip_to_now()
        async with simulator_at(port):
            books = await bus.collect(OrderBook, 100)
            assert all(book.bids[0].price < book.asks[0].price for book in books)
            await bus.until(Universe)
        assert process.returncode is None


async def test_a_venue_that_freezes_is_told_and_followed_again_when_it_moves(redis_url: str, bus: Bus) -> None:
    quick_to_notice = {
        "POISE_INGESTION__STALENESS__ALERT_AFTER_S": "1",
        "POISE_INGESTION__STALENESS__RECONNECT_AFTER_S": "2",
    }
    port = free_port()
    async with (
        simulator_at(port) as simulator,
        ingestion(redis_url, f"http://127.0.0.1:{port}", POISE_INGESTION__TIER="1", **quick_to_notice),
    ):
        await bus.until(OrderBook, tier=1)
        simulator.send_signal(signal.SIGSTOP)
        await bus.until(Alert, lambda alert: alert.name == "stale_feed" and alert.firing)
        simulator.send_signal(signal.SIGCONT)
        await bus.skip_to_now()
        await bus.collect(OrderBook, 50, tier=1)
        await bus.until(Alert, lambda alert: alert.name == "stale_feed" and not alert.firing)


async def test_another_process_scans_when_the_one_on_duty_is_killed(
    redis_url: str, simulator: Simulator, bus: Bus
) -> None:
    async with ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER="1", **QUICK_SCANS) as first:
        await bus.until(Universe)
        async with ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER="2", **QUICK_SCANS):
            await bus.until(OrderBook, tier=2)
            first.kill()
            await first.wait()
            await bus.skip_to_now()
            universe = await bus.until(Universe)
            assert universe.assets


async def test_one_process_at_a_time_is_on_duty(redis_url: str, simulator: Simulator, bus: Bus) -> None:
    async with (
        ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER="1", **QUICK_SCANS),
        ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER="2", **QUICK_SCANS),
        Redis.from_url(redis_url) as redis,
    ):
        await bus.until(OrderBook, tier=1)
        await bus.until(OrderBook, tier=2)
        holder = await redis.get("ingestion:duty:universe")
        await bus.collect(Universe, 3)
        assert await redis.get("ingestion:duty:universe") == holder


async def test_an_asset_that_no_longer_qualifies_leaves_with_its_reason(
    redis_url: str, simulator: Simulator, bus: Bus
) -> None:
    """The second process has the stricter configuration and takes over from the first."""
    async with ingestion(redis_url, simulator.http_url, **QUICK_SCANS):
        before = await bus.until(Universe)
        assert any(asset.asset == "ADA" for asset in before.assets)
    strict = {
        "POISE_UNIVERSE__MEMBERSHIP__LEAVE_AFTER_SCANS": "1",
        "POISE_UNIVERSE__PROFILES__POLICY__3__HEDGE_VOLUME_24H_MIN_USD": "1000000000000",
    }
    async with ingestion(redis_url, simulator.http_url, **QUICK_SCANS, **strict):
        after = await bus.until(
            Universe, lambda one: one.as_of > before.as_of and not any(a.tier == 3 for a in one.assets)
        )
        (ada,) = (excluded for excluded in after.excluded if excluded.asset == "ADA")
        assert "hedge_volume_24h_usd" in ada.reasons[0]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"POISE_UNIVERSE__PROFILE": "bold"}, ["universe.yaml", "bold"]),
        ({"POISE_INGESTION__TIER": "4"}, ["TIER"]),
        ({"POISE_VENUES__PAPER__CCXT_ID": "kraken"}, ["venues.yaml", "kraken", "binance"]),
        (
            {"POISE_VENUES__PAPER__API_KEY_FILE": "/nowhere", "POISE_VENUES__PAPER__SECRET_FILE": "/nowhere"},
            ["secret file", "/nowhere", "would pass"],
        ),
    ],
)
async def test_what_cannot_work_is_refused_in_one_message(environment: dict[str, str], words: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "poise_ingestion",
        env={**os.environ, "POISE_CONFIG__DIR": str(ROOT / "config"), **environment},
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await process.communicate()
    said = stderr.decode()
    assert process.returncode == 2
    assert [word for word in words if word.lower() not in said.lower()] == []
    assert "Traceback" not in said
