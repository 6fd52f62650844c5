from decimal import Decimal
from typing import Any

import pytest
from tests.unit.venues.okx.answering import Answering

from poise_venues.dialects import Fees
from poise_venues.okx.terms import read_fees, read_funding_intervals_s, read_margin_terms, read_running_fundings

D = Decimal
HOUR_MS = 3_600_000
SCHEDULE = {
    "maker": "-0.0008",
    "taker": "-0.001",
    "makerU": "-0.0002",
    "takerU": "-0.0005",
    "makerUSDC": "0.0001",
    "takerUSDC": "-0.0007",
}
FUNDING = {
    "instId": "BTC-USDT-SWAP",
    "fundingRate": "0.0001",
    "nextFundingRate": "",
    "fundingTime": str(16 * HOUR_MS),
    "nextFundingTime": str(20 * HOUR_MS),
    "prevFundingTime": str(8 * HOUR_MS),
}


async def test_what_is_paid_is_a_positive_fee_of_the_markets_own_column() -> None:
    venue = Answering(privateGetAccountTradeFee=[SCHEDULE])
    fees = await read_fees(venue, ("BTC/USDT", "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USDT:USDT-261225"))
    assert fees["BTC/USDT"] == Fees(D("0.001"), D("0.0008"))
    assert fees["BTC/USDT:USDT"] == fees["BTC/USDT:USDT-261225"] == Fees(D("0.0005"), D("0.0002"))
    assert fees["BTC/USD:BTC"] == Fees(D("0.001"), D("0.0008"))
    assert [request["instType"] for _, request in venue.asked] == ["SPOT", "SWAP", "FUTURES"], "one call a kind"


async def test_a_markets_fee_group_counts_before_the_columns() -> None:
    grouped = SCHEDULE | {"feeGroup": [{"groupId": "4", "taker": "-0.0004", "maker": "0.00005"}]}
    fees = await read_fees(Answering(privateGetAccountTradeFee=[grouped]), ("BTC/USDT:USDT", "BTC/USDT"))
    assert fees["BTC/USDT:USDT"] == Fees(D("0.0004"), D("-0.00005"))
    assert fees["BTC/USDT"] == Fees(D("0.001"), D("0.0008"))


async def test_margin_terms_are_those_of_the_first_tier_of_a_derivatives_family() -> None:
    tiers = [
        {"instFamily": "BTC-USDT", "tier": "2", "maxLever": "50", "mmr": "0.01"},
        {"instFamily": "BTC-USDT", "tier": "1", "maxLever": "100", "mmr": "0.004"},
    ]
    venue = Answering(publicGetPublicPositionTiers=tiers)
    terms = await read_margin_terms(venue, ("BTC/USDT", "BTC/USDT:USDT"))
    assert terms.keys() == {"BTC/USDT:USDT"}
    assert terms["BTC/USDT:USDT"].max_leverage == 100
    assert terms["BTC/USDT:USDT"].maintenance_margin_rate == D("0.004")
    assert venue.asked[0][1] == {"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}


@pytest.mark.parametrize(
    ("changes", "interval_s"),
    [
        ({}, 4 * 3600),
        ({"nextFundingTime": ""}, 8 * 3600),
        ({"nextFundingTime": "", "prevFundingTime": ""}, None),
        ({"nextFundingTime": str(16 * HOUR_MS)}, None),
    ],
)
async def test_a_funding_interval_is_the_time_between_settlements_and_never_assumed(
    changes: dict[str, str], interval_s: int | None
) -> None:
    venue = Answering(publicGetPublicFundingRate=[FUNDING | changes])
    assert (await read_funding_intervals_s(venue)).get("BTC/USDT:USDT") == interval_s


async def running(**changes: Any) -> Any:
    rows: dict[str, list[Any]] = {
        "publicGetPublicFundingRate": [FUNDING],
        "publicGetPublicMarkPrice": [{"instId": "BTC-USDT-SWAP", "markPx": "60010"}],
        "publicGetMarketIndexTickers": [{"instId": "BTC-USDT", "idxPx": "60000"}],
    }
    return (await read_running_fundings(Answering(**(rows | changes)))).get("BTC/USDT:USDT")


async def test_a_running_funding_is_put_together_from_three_places() -> None:
    funding = await running()
    assert (funding.rate_per_interval, funding.predicted_next_rate_per_interval) == (0.0001, None)
    assert (funding.mark_price, funding.index_price) == (60_010, 60_000)
    assert funding.next_funding_at.timestamp() * 1000 == 16 * HOUR_MS
    told = await running(publicGetPublicFundingRate=[FUNDING | {"nextFundingRate": "-0.0002"}])
    assert told.predicted_next_rate_per_interval == -0.0002


@pytest.mark.parametrize("missing", ["publicGetPublicMarkPrice", "publicGetMarketIndexTickers"])
async def test_without_mark_or_index_there_is_no_running_funding(missing: str) -> None:
    assert await running(**{missing: []}) is None
