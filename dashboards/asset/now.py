"""What is held of the asset, and what it may still lose."""

from dashboards.columns import Column
from dashboards.looks import BAD, COUNT, GAIN_OR_LOSS, GOOD, LEFT_OF_LIMIT, RATIO, REGIMES, USD, WARNING, Step, steps
from dashboards.page import Section
from dashboards.panels import bars, figure
from dashboards.sources import now, rows

_OF_ASSET = '{asset="$asset"}'


SECTION = Section(
    "$asset now",
    (
        figure(
            "Regime",
            "Told from realised volatility and the strength of the trend, hour by hour; stressed blocks entries.",
            now(f"max(poise_asset_regime{_OF_ASSET})", "regime"),
            mappings=REGIMES,
            width=3,
        ),
        figure(
            "Position",
            "What is held in all packages, in base units, the mean price it was entered at, and what is unhedged.",
            rows("asset_position"),
            columns=(
                Column("packages", "Packages", unit=COUNT),
                Column("long_quantity", "Long", decimals=4),
                Column("long_entry_price", "Entered at, long", decimals=2),
                Column("short_quantity", "Short", decimals=4),
                Column("short_entry_price", "Entered at, short", decimals=2),
                Column("delta", "Delta", decimals=6),
                Column("exposure_usd", "Exposure", unit=USD),
                Column("today_usd", "P&L today", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
                Column("ever_usd", "P&L ever", unit=USD, decimals=2, thresholds=GAIN_OR_LOSS),
            ),
            width=21,
        ),
        figure(
            "Risk",
            "At risk: the largest package down to its stop. Room: for one more package. May still lose: today, "
            "before the asset is left for the day.",
            rows("asset_risk"),
            unit=USD,
            columns=(
                Column("at_risk_usd", "At risk"),
                Column("may_risk_usd", "May be at risk"),
                Column("room_usd", "Room for a package"),
                Column("lost_today_usd", "Lost today", thresholds=steps(GOOD, Step(0.01, WARNING))),
                Column("may_still_lose_usd", "May still lose today", thresholds=steps(BAD, Step(0.01, GOOD))),
            ),
            width=16,
        ),
        bars(
            "Left of its limits",
            "The share that is left of each limit that is measured for this asset alone.",
            now('min by (limit) (poise_limit_headroom_ratio{subject="$asset"})', "{{limit}}"),
            unit=RATIO,
            thresholds=LEFT_OF_LIMIT,
            minimum=0,
            maximum=1,
            width=8,
            height=4,
        ),
    ),
)
