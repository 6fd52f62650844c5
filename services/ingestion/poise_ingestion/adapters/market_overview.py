"""Reading CoinGecko's `/global`, or what speaks like it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from poise_ingestion.domain.parameters import OverviewParameters

_PATH = "global"


class OverviewUnreadable(Exception):
    """The source did not answer, or not with an overview."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the source says; shares and changes in percent."""

    btc_dominance_pct: float
    total_market_cap_usd: float
    market_cap_change_24h_pct: float
    updated_at: datetime


class OverviewSource:
    """One address that is asked now and then."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        self._url = f"{base_url.rstrip('/')}/{_PATH}"
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def read(self) -> Overview:
        """Ask once; raises OverviewUnreadable."""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.get(self._url, raise_for_status=True) as answer,
            ):
                return overview_of(await answer.json())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OverviewUnreadable(self._url, repr(error)) from error
        except (LookupError, TypeError, ValueError) as error:
            raise OverviewUnreadable(self._url, f"unreadable answer: {error!r}") from error


def overview_source(parameters: OverviewParameters) -> OverviewSource | None:
    """Return the configured source, None where there is none."""
    if parameters.base_url is None:
        return None
    return OverviewSource(str(parameters.base_url), parameters.timeout_s)


def overview_of(answer: Any) -> Overview:
    """Read an answer; raises LookupError, TypeError or ValueError for what is not one."""
    data: Mapping[str, Any] = answer["data"]
    overview = Overview(
        btc_dominance_pct=float(data["market_cap_percentage"]["btc"]),
        total_market_cap_usd=float(data["total_market_cap"]["usd"]),
        market_cap_change_24h_pct=float(data["market_cap_change_percentage_24h_usd"]),
        updated_at=datetime.fromtimestamp(int(data["updated_at"]), UTC),
    )
    if not (0.0 <= overview.btc_dominance_pct <= 100.0 and overview.total_market_cap_usd > 0.0):
        raise ValueError(f"no such market: {overview}")
    return overview
