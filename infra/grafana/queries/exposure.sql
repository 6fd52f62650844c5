-- What was exposed and what of it was not hedged, in USD and in percent of equity, as each interval ended.
SELECT
    slot.at AS "time",
    snapshot.exposure_usd,
    100 * snapshot.exposure_usd / nullif(snapshot.equity_usd, 0) AS exposure_pct,
    snapshot.net_delta_usd,
    100 * snapshot.net_delta_usd / nullif(snapshot.equity_usd, 0) AS net_delta_pct
FROM generate_series($__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms * interval '1 ms') AS slot(at)
CROSS JOIN LATERAL (
    SELECT equity_usd, exposure_usd, net_delta_usd
    FROM portfolio.equity_snapshots
    WHERE as_of > slot.at - $__interval_ms * interval '1 ms' AND as_of <= slot.at
    ORDER BY as_of DESC
    LIMIT 1
) AS snapshot
ORDER BY slot.at
