"""What matters at a glance."""

from dashboards.looks import BAD, BPS, GOOD, NONE_IS_GOOD, SECONDS, USD, WARNING, Step, steps
from dashboards.page import Section
from dashboards.panels import figure
from dashboards.sources import now

SECTION = Section(
    "Now",
    (
        figure(
            "Locks",
            "Accounts that differ from our books, not yet acknowledged: nothing is opened there until a person does.",
            now("sum(poise_venue_locked)", "locked"),
            thresholds=NONE_IS_GOOD,
        ),
        figure(
            "Orders unknown",
            "Orders that may or may not exist at the venue; they count as filled until it is known.",
            now("sum(poise_orders_unknown)", "unknown"),
            thresholds=steps(GOOD, Step(1, WARNING), Step(5, BAD)),
        ),
        figure(
            "Residual delta",
            "The largest of what any venue's packages leave unhedged; never held for longer than 10 s beyond the cap.",
            now("max(abs(poise_residual_delta_usd))", "residual"),
            unit=USD,
            decimals=2,
            thresholds=steps(GOOD, Step(50, WARNING), Step(500, BAD)),
        ),
        figure(
            "Last reconciled",
            "How long ago the account that waits longest last agreed with our books; every 30 s by design.",
            now("time() - min(poise_last_reconciled_timestamp_seconds)", "ago"),
            unit=SECONDS,
            thresholds=steps(GOOD, Step(60, WARNING), Step(120, BAD)),
        ),
        figure(
            "Fills",
            "Fills of the range, over all venues.",
            now("sum(increase(poise_leg_fills_total[$__range]))", "fills"),
            decimals=0,
        ),
        figure(
            "Slippage, half",
            "What fills of approved legs were worse by than their decisions' prices: half of the range's less so.",
            now("histogram_quantile(0.5, sum by (le) (increase(poise_slippage_bps_bucket[$__range])))", "p50"),
            unit=BPS,
            decimals=1,
            thresholds=steps(GOOD, Step(5, WARNING), Step(20, BAD)),
        ),
        figure(
            "Orders refused",
            "Orders of the range that a venue refused.",
            now('sum(increase(poise_order_answers_total{outcome="refused"}[$__range])) or vector(0)', "refused"),
            decimals=0,
            thresholds=steps(GOOD, Step(1, WARNING)),
        ),
        figure(
            "Rejected by risk",
            "Packages that risk refused to open within the range.",
            now(
                'sum(increase(poise_risk_decisions_total{action="open", verdict="rejected"}[$__range])) or vector(0)',
                "rejected",
            ),
            decimals=0,
        ),
    ),
)
