"""What its markets say."""

from dashboards.columns import Column
from dashboards.looks import BAD, CALM, GAIN_OR_LOSS, PLAIN, RATIO, REGIMES, WARNING, Step, steps
from dashboards.page import Section
from dashboards.panels import MERGED, bars, curves, listing, states
from dashboards.sources import now_as_rows, over_time, rows

_MARKET = "{{venue}} {{symbol}}"
_OF_ASSET = '{asset="$asset"}'


SECTION = Section(
    "Markets",
    (
        curves(
            "Price",
            "The middle of each market's book.",
            over_time(f"max by (venue, symbol) (poise_asset_price{_OF_ASSET})", _MARKET),
            unit=PLAIN,
        ),
        curves(
            "Basis",
            "(Hedge − spot) / spot, of the middles of both books.",
            over_time(f"max by (venue, symbol) (poise_asset_basis_ratio{_OF_ASSET})", _MARKET),
            unit=RATIO,
        ),
        curves(
            "Funding, a year",
            "The running interval's rate, and what is expected of the intervals to come; positive: longs pay shorts.",
            over_time(f"max by (venue, symbol) (poise_asset_running_funding_apr{_OF_ASSET})", f"{_MARKET} now"),
            over_time(f"max by (venue, symbol) (poise_asset_expected_funding_apr{_OF_ASSET})", f"{_MARKET} expected"),
            unit=RATIO,
        ),
        listing(
            "Term structure",
            "What each hedge earns a year: a perpetual its funding, a dated future its basis × 365 / days to expiry.",
            now_as_rows(
                f"max by (venue, symbol) (poise_asset_expiry_seconds{_OF_ASSET}) / 86400"
                f" or max by (venue, symbol) (0 * poise_asset_running_funding_apr{_OF_ASSET})"
            ),
            now_as_rows(
                f"max by (venue, symbol) (poise_asset_annualised_basis_ratio{_OF_ASSET})"
                f" or max by (venue, symbol) (poise_asset_running_funding_apr{_OF_ASSET})"
            ),
            now_as_rows(f"max by (venue, symbol) (poise_asset_basis_ratio{_OF_ASSET})"),
            transformations=MERGED,
            columns=(
                Column("venue", "Venue"),
                Column("symbol", "Market"),
                Column("Value #A", "Days to expiry", unit=PLAIN, decimals=1),
                Column("Value #B", "A year", unit=RATIO, decimals=2, thresholds=GAIN_OR_LOSS),
                Column("Value #C", "Basis", unit=RATIO, decimals=3),
            ),
            width=12,
        ),
        states(
            "Regime",
            "What the asset's regime has been.",
            over_time(f"max by (asset) (poise_asset_regime{_OF_ASSET})", "{{asset}}"),
            mappings=REGIMES,
            height=6,
        ),
        bars(
            "Correlations",
            "How it moves with each other asset, by the newest matrix of the window that is chosen above.",
            rows("asset_correlations"),
            unit=PLAIN,
            decimals=2,
            thresholds=steps(CALM, Step(0.7, WARNING), Step(0.9, BAD)),
            minimum=0,
            maximum=1,
            each_row=True,
            width=12,
            height=6,
        ),
    ),
)
