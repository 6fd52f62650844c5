from datetime import timedelta
from typing import Any

import pytest
from tests.unit.ingestion.desk import (
    NOON,
    Desk,
    effects,
    instrument,
    published,
    scanned,
    universe_config,
    universe_values,
)

from poise_common.contracts.control import Alert
from poise_common.contracts.market_data import Universe
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_ingestion.domain.effects import FollowFeeds, ScanMarkets
from poise_ingestion.domain.observations import DutyChanged, MarketsScanned, ScanFailed
from poise_ingestion.domain.parameters import UniverseConfig


def universe_of(outputs: Any) -> Universe:
    (universe,) = published(outputs, Universe)
    return universe


def names(universe: Universe) -> list[str]:
    return [asset.asset for asset in universe.assets]


def test_an_asset_that_meets_every_criterion_is_in() -> None:
    universe = universe_of(Desk().on_duty().scan(scanned("BTC"), scanned("SOL"), scanned("ADA")))
    assert [(asset.asset, asset.tier, asset.sector) for asset in universe.assets] == [
        ("BTC", 1, "store_of_value"),
        ("SOL", 2, "l1"),
        ("ADA", 3, "l1"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spot": None}, "no_spot_market"),
        ({"hedge": None}, "no_hedging_instrument"),
        ({"volume_24h_usd": 9e6}, "volume_24h_usd 9e+06 < 1e+07"),
        ({"hedge_volume_24h_usd": 4e8}, "hedge_volume_24h_usd 4e+08 < 5e+08"),
        ({"depth_usd": 4e6}, "depth_usd 4e+06 < 5e+06"),
        ({"depth_usd": None}, "depth_usd_unknown"),
        ({"spread_pct": 0.06}, "spread_pct 0.06 > 0.05"),
        ({"btc_correlation": 0.9}, "btc_correlation 0.9 > 0.85"),
        ({"btc_correlation": None}, "btc_correlation_unknown"),
        ({"funding_8h_pct": -0.2}, "funding_8h_pct 0.2 > 0.1"),
        ({"funding_8h_pct": None}, "funding_8h_pct_unknown"),
        ({"feed_reliability_pct": 98.0}, "feed_reliability_pct 98 < 99"),
    ],
)
def test_an_asset_that_misses_one_is_out_with_that_reason(changes: dict[str, Any], reason: str) -> None:
    universe = universe_of(Desk().on_duty().scan(scanned("ADA", **changes)))
    assert names(universe) == []
    (excluded,) = universe.excluded
    assert excluded.reasons == (reason,)


def test_every_reason_is_given() -> None:
    (excluded,) = universe_of(
        Desk().on_duty().scan(scanned("ADA", depth_usd=1.0, spread_pct=1.0, funding_8h_pct=1.0))
    ).excluded
    assert [reason.split()[0] for reason in excluded.reasons] == ["depth_usd", "spread_pct", "funding_8h_pct"]


def test_tier_one_is_exempt_from_correlation_and_a_feed_not_yet_watched_speaks_against_nobody() -> None:
    assert names(universe_of(Desk().on_duty().scan(scanned("BTC", btc_correlation=1.0)))) == ["BTC"]
    assert names(universe_of(Desk().on_duty().scan(scanned("ADA", feed_reliability_pct=None)))) == ["ADA"]


def test_the_profile_decides_the_thresholds() -> None:
    values = universe_values() | {"profile": "scan"}
    small = scanned("ADA", hedge_volume_24h_usd=2e7, depth_usd=3e5, spread_pct=0.08)
    desk = Desk(config=UniverseConfig.model_validate(values)).on_duty()
    assert names(universe_of(desk.scan(small))) == ["ADA"]


def test_a_member_on_the_threshold_does_not_come_and_go() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("ADA", depth_usd=5.1e6))
    assert [names(universe_of(desk.scan(scanned("ADA", depth_usd=depth)))) for depth in (4.9e6, 5.1e6, 4.1e6)] == [
        ["ADA"]
    ] * 3


def test_a_newcomer_gets_no_leniency() -> None:
    assert names(universe_of(Desk().on_duty().scan(scanned("ADA", depth_usd=4.9e6)))) == []


def test_a_member_leaves_after_enough_bad_scans_running_and_not_before() -> None:
    desk = Desk(config=universe_config(leave_after_scans=3)).on_duty()
    desk.scan(scanned("ADA"))
    bad, good = scanned("ADA", depth_usd=1e6), scanned("ADA")
    seen = [names(universe_of(desk.scan(one))) for one in (bad, bad, good, bad, bad, bad)]
    assert seen == [["ADA"]] * 5 + [[]]


def test_a_member_that_is_no_longer_listed_leaves_at_once() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("ADA"), scanned("BTC"))
    assert names(universe_of(desk.scan(scanned("BTC")))) == ["BTC"]
    assert names(universe_of(desk.scan(scanned("BTC", hedge=None)))) == []


def test_assets_of_a_venue_that_was_not_reached_stay() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("ADA"))
    out = desk.say(MarketsScanned, assets=(), peg_pairs=(), unreached_venues=("paper",))
    assert names(universe_of(out)) == ["ADA"]


def test_the_peg_pairs_of_a_venue_that_was_not_reached_stay() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("BTC"), peg_pairs=(instrument("USDC"),))
    out = desk.say(MarketsScanned, assets=(), peg_pairs=(), unreached_venues=("paper",))
    assert [pair.base for pair in universe_of(out).peg_pairs] == ["USDC"]
    assert universe_of(desk.scan(scanned("BTC"))).peg_pairs == ()


def test_leaving_tier_two_raises_an_alert_that_closes_on_return() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("SOL"))
    (left,) = published(desk.scan(), Alert)
    assert (left.name, left.subject, left.firing) == ("asset_left_tier", "paper:SOL", True)
    (back,) = published(desk.scan(scanned("SOL")), Alert)
    assert (back.name, back.firing) == ("asset_left_tier", False)


def test_leaving_tier_three_is_no_alert() -> None:
    desk = Desk().on_duty()
    desk.scan(scanned("ADA"))
    assert not published(desk.scan(), Alert)


def test_a_drop_of_depth_below_half_its_median_raises_an_alert() -> None:
    desk = Desk().on_duty()
    for _ in range(6):
        assert not published(desk.scan(scanned("BTC", depth_usd=2e7)), Alert)
    (alert,) = published(desk.scan(scanned("BTC", depth_usd=9e6)), Alert)
    assert (alert.name, alert.firing) == ("liquidity_drop", True)


def test_only_the_process_on_duty_scans_and_at_its_interval() -> None:
    desk = Desk()
    assert not effects(desk.wait(1000), ScanMarkets)
    assert len(effects(desk.say(DutyChanged, held=True), ScanMarkets)) == 1
    assert not effects(desk.wait(100), ScanMarkets), "one scan at a time"
    desk.scan(scanned("BTC"))
    assert not effects(desk.wait(59), ScanMarkets)
    assert len(effects(desk.wait(1), ScanMarkets)) == 1


def test_a_scan_that_failed_is_tried_again_soon() -> None:
    desk = Desk().on_duty()
    assert not published(desk.say(ScanFailed, reason="away"), Universe)
    assert len(effects(desk.wait(3), ScanMarkets)) == 1


def test_a_scan_that_ends_after_the_duty_was_lost_publishes_nothing() -> None:
    desk = Desk().on_duty()
    desk.say(DutyChanged, held=False)
    assert not published(desk.scan(scanned("BTC")), Universe)


def test_a_successor_goes_on_with_the_universe_it_finds() -> None:
    first, second = Desk().on_duty(), Desk()
    universe = universe_of(first.scan(scanned("ADA", depth_usd=5.1e6)))
    second.tell(universe)
    second.on_duty()
    assert names(universe_of(second.scan(scanned("ADA", depth_usd=4.9e6)))) == ["ADA"]


def test_an_older_universe_changes_nothing() -> None:
    desk = Desk()
    newer = universe_of(Desk().on_duty().scan(scanned("BTC"), scanned("ADA")))
    desk.tell(newer)
    older = newer.model_copy(update={"as_of": NOON - timedelta(seconds=1), "assets": ()})
    assert not effects(desk.tell(older), FollowFeeds)


@pytest.mark.parametrize(
    ("tier", "symbols"),
    [
        (1, ["BTC/USDT", "BTC/USDT:USDT", "USDC/USDT"]),
        (2, ["SOL/USDT", "SOL/USDT:USDT"]),
        (3, ["ADA/USDT", "ADA/USDT:USDT"]),
    ],
)
def test_a_process_follows_its_own_tier_and_tier_one_the_peg_pairs(tier: int, symbols: list[str]) -> None:
    universe = universe_of(
        Desk().on_duty().scan(scanned("BTC"), scanned("SOL"), scanned("ADA"), peg_pairs=(instrument("USDC"),))
    )
    assert universe.stablecoin_peg_symbols == {"USDT": "USDC/USDT", "USDC": "USDC/USDT"}
    (follow,) = effects(Desk(tier).tell(universe), FollowFeeds)
    assert sorted(one.instrument.symbol for one in follow.instruments) == symbols


def test_books_of_a_departed_asset_are_followed_for_a_while_so_that_its_packages_can_be_closed() -> None:
    desk = Desk(config=universe_config(departed_watch_s=600, leave_after_scans=1)).following(scanned("ADA"))
    assert not effects(desk.tell(universe_of(desk.scan())), FollowFeeds)
    desk.wait(601)
    (gone,) = effects(desk.tell(universe_of(desk.scan())), FollowFeeds)
    assert gone.instruments == ()


def dated(base: str, expires_in_s: float) -> Instrument:
    expires_at = NOON + timedelta(seconds=expires_in_s)
    return instrument(base).model_copy(
        update={
            "symbol": f"{base}/USDT:USDT-{expires_at:%y%m%d}",
            "kind": InstrumentKind.LINEAR_FUTURE,
            "expires_at": expires_at,
        }
    )


def test_dated_futures_stand_with_their_asset_and_are_followed_until_they_expire() -> None:
    near, far = dated("BTC", 3_600), dated("BTC", 90 * 86_400)
    desk = Desk()
    universe = universe_of(desk.on_duty().scan(scanned("BTC", futures=(near, far))))
    assert universe.assets[0].futures == (near, far)
    (follow,) = effects(desk.tell(universe), FollowFeeds)
    assert {one.instrument.symbol for one in follow.instruments} >= {near.symbol, far.symbol}

    desk.wait(3_601)
    (follow,) = effects(desk.tell(universe_of(desk.scan(scanned("BTC", futures=(far,))))), FollowFeeds)
    assert far.symbol in {one.instrument.symbol for one in follow.instruments}
    assert near.symbol not in {one.instrument.symbol for one in follow.instruments}
