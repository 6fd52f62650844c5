"""Any venue of ccxt.pro, for its market data alone: only what ccxt's unified methods say."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Any

from poise_common.domain.clock import from_ms
from poise_venues.channels import Channel
from poise_venues.dialects import Fees, MarginTerms, RunningFunding
from poise_venues.rate_limits import Charge, Priority

_REQUESTS = "requests"
_REFUSAL_LASTS_S = 60.0
_UNIT_S = {"m": 60, "h": 3600, "d": 86_400}


class _NothingChanged:
    """Be laid over a class of ccxt as it is."""


class GenericDialect:
    """Know nothing of a venue but what ccxt unifies. `requests` is in ccxt's own unit of cost."""

    def __init__(self, funding_poll_s: float | None) -> None:
        self._funding_poll_s = funding_poll_s

    def exchange_mixin(self) -> type:
        return _NothingChanged

    def options(self) -> dict[str, Any]:
        return {}

    def urls(self, base_url: str) -> dict[str, Any]:
        raise ValueError(f"nobody knows which paths of {base_url} are which here; `urls` says it in ccxt's words")

    def budgets(self) -> frozenset[str]:
        return frozenset({_REQUESTS})

    def charges(self, api: str, method: str, path: str, params: Mapping[str, Any], cost: float) -> tuple[Charge, ...]:
        return (Charge(_REQUESTS, cost, Priority.MARKET_DATA),)

    def refused_bucket(self, url: str, charges: tuple[Charge, ...]) -> str:
        return _REQUESTS

    @property
    def refusal_lasts_s(self) -> float:
        return _REFUSAL_LASTS_S

    def subscriptions(self, channel: Channel, symbol: str) -> frozenset[str]:
        # Each venue of ccxt has names of its own; its books are always kept with the unified symbol at the end.
        return frozenset({f"orderbook:{symbol}", f"orderbook::{symbol}", f"trade:{symbol}", f"ticker:{symbol}"})

    async def fees(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, Fees]:
        return {}

    async def margin_terms(self, exchange: Any, symbols: tuple[str, ...]) -> dict[str, MarginTerms]:
        return {}

    async def funding_intervals_s(self, exchange: Any) -> dict[str, int]:
        fundings = await exchange.fetch_funding_rates()
        return {symbol: seconds for symbol, raw in fundings.items() if (seconds := _seconds(raw.get("interval")))}

    async def running_fundings(self, exchange: Any) -> dict[str, RunningFunding]:
        fundings = await exchange.fetch_funding_rates()
        return {symbol: running for symbol, raw in fundings.items() if (running := _running(symbol, raw)) is not None}

    async def watch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        self._poll_s()

    async def unwatch_fundings(self, exchange: Any, symbols: Sequence[str]) -> None:
        return

    async def next_funding(self, exchange: Any, symbol: str) -> RunningFunding:
        await asyncio.sleep(self._poll_s())
        running = _running(symbol, await exchange.fetch_funding_rate(symbol))
        if running is None:
            raise ValueError(f"{symbol}: mark, index, rate or the time of the next funding is not told")
        return running

    def _poll_s(self) -> float:
        if self._funding_poll_s is None:
            raise ValueError("nobody knows how running fundings are watched here; funding_poll_s would pass")
        return self._funding_poll_s


def _seconds(interval: object) -> int | None:
    """Read ccxt's `8h`; None for what says nothing."""
    if not isinstance(interval, str) or interval[-1:] not in _UNIT_S or not interval[:-1].isdigit():
        return None
    return int(interval[:-1]) * _UNIT_S[interval[-1]] or None


def _running(symbol: str, raw: Mapping[str, Any]) -> RunningFunding | None:
    told = [raw.get(field) for field in ("fundingRate", "markPrice", "indexPrice")]
    next_ms = raw.get("fundingTimestamp") or raw.get("nextFundingTimestamp")
    if next_ms is None or any(value is None or not math.isfinite(float(value)) for value in told):
        return None
    predicted = raw.get("nextFundingRate")
    rate, mark, index = (float(value) for value in told if value is not None)
    return RunningFunding(
        symbol=symbol,
        rate_per_interval=rate,
        predicted_next_rate_per_interval=None if predicted is None else float(predicted),
        next_funding_at=from_ms(int(next_ms)),
        mark_price=mark,
        index_price=index,
    )
