-- How far the desk was below the most it had been since the range began, in percent; transfers are no gain and no loss.
WITH curve AS (
    SELECT slot.at, snapshot.equity_usd, snapshot.external_usd
    FROM generate_series($__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms * interval '1 ms') AS slot(at)
    CROSS JOIN LATERAL (
        SELECT equity_usd::float8, external_usd::float8
        FROM portfolio.equity_snapshots
        WHERE as_of > slot.at - $__interval_ms * interval '1 ms' AND as_of <= slot.at
        ORDER BY as_of DESC
        LIMIT 1
    ) AS snapshot
),
growths AS (
    SELECT
        at,
        (equity_usd - external_usd + lag(external_usd) OVER in_time) / nullif(lag(equity_usd) OVER in_time, 0) AS growth
    FROM curve
    WINDOW in_time AS (ORDER BY at)
),
worths AS (
    SELECT at, exp(sum(CASE WHEN growth > 0 THEN ln(growth) ELSE 0 END) OVER (ORDER BY at)) AS worth
    FROM growths
)
SELECT at AS "time", 100 * (worth / max(worth) OVER (ORDER BY at) - 1) AS drawdown_pct
FROM worths
ORDER BY at
