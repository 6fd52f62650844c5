"""Whether the money is worth its name."""

from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.limits.check import all_or_nothing


def stablecoin_peg(entry: Entry) -> LimitCheck:
    """The request's stablecoin that is farthest off its peg, in per cent; one of unknown price doesn't pass."""
    coins = entry.stablecoins
    allowed = entry.limits.depeg_block_pct
    unknown = [coin for coin in coins if coin not in entry.peg_deviations_pct]
    if unknown:
        return all_or_nothing(
            "stablecoin_peg", passed=False, allowed=allowed, detail=f"no fresh price of {' and '.join(unknown)}"
        )
    farthest = max(coins, key=lambda coin: entry.peg_deviations_pct[coin], default=None)
    value = Decimal(0) if farthest is None else entry.peg_deviations_pct[farthest]
    return all_or_nothing(
        "stablecoin_peg", passed=value <= allowed, value=value, allowed=allowed, detail=farthest or ""
    )
