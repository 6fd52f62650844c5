"""Any venue of ccxt, by what its unified methods say and no more."""

from typing import Any

import pytest

from poise_venues.generic.dialect import GenericDialect

SYMBOL = "BTC/USDT:USDT"
FUNDING = {
    "fundingRate": 0.0001,
    "nextFundingRate": None,
    "fundingTimestamp": 1_790_000_000_000,
    "markPrice": 60_010.0,
    "indexPrice": 60_000.0,
    "interval": "8h",
}


class Exchange:
    """Has one perpetual."""

    def __init__(self, **changes: object) -> None:
        self._funding = FUNDING | changes
        self.asked = 0

    async def fetch_funding_rates(self) -> dict[str, Any]:
        return {SYMBOL: self._funding}

    async def fetch_funding_rate(self, symbol: str) -> dict[str, Any]:
        assert symbol == SYMBOL
        self.asked += 1
        return self._funding


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("8h", 28_800), ("1h", 3600), ("30m", 1800), ("1d", 86_400), (None, None), ("", None), ("0h", None), ("x", None)],
)
async def test_an_interval_that_is_not_told_is_not_assumed(interval: str | None, seconds: int | None) -> None:
    intervals = await GenericDialect(None).funding_intervals_s(Exchange(interval=interval))
    assert intervals.get(SYMBOL) == seconds


async def test_a_running_funding_is_what_the_unified_answer_holds() -> None:
    funding = (await GenericDialect(None).running_fundings(Exchange()))[SYMBOL]
    assert (funding.rate_per_interval, funding.mark_price, funding.index_price) == (0.0001, 60_010, 60_000)
    assert funding.predicted_next_rate_per_interval is None


@pytest.mark.parametrize("missing", ["fundingRate", "markPrice", "indexPrice", "fundingTimestamp"])
async def test_without_any_part_there_is_none(missing: str) -> None:
    assert await GenericDialect(None).running_fundings(Exchange(**{missing: None})) == {}
    with pytest.raises(ValueError, match="not told"):
        await GenericDialect(0.001).next_funding(Exchange(**{missing: None}), SYMBOL)


async def test_running_fundings_are_asked_for_again_and_again() -> None:
    exchange, dialect = Exchange(), GenericDialect(0.001)
    await dialect.watch_fundings(exchange, [SYMBOL])
    for _ in range(3):
        await dialect.next_funding(exchange, SYMBOL)
    assert exchange.asked == 3


async def test_how_often_has_to_be_configured() -> None:
    with pytest.raises(ValueError, match="funding_poll_s would pass"):
        await GenericDialect(None).watch_fundings(Exchange(), [SYMBOL])
