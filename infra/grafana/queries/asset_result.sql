-- What one asset has brought since the range began, by what it is made of; prices of what is held aside.
WITH slots AS (
    SELECT at
    FROM generate_series($__timeFrom()::timestamptz, $__timeTo()::timestamptz, $__interval_ms * interval '1 ms') AS slot(at)
),
booked AS (
    SELECT filled_at AS at, realised_pnl_usd AS price_usd, 0 AS funding_usd, fee_usd
    FROM portfolio.fills
    WHERE asset = '$asset' AND filled_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
    UNION ALL
    SELECT paid_at, 0, amount_usd, 0
    FROM portfolio.funding_payments
    WHERE asset = '$asset' AND paid_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
),
binned AS (
    SELECT
        $__timeFrom()::timestamptz + interval '1 ms' * $__interval_ms * ceil(
            extract(epoch FROM at - $__timeFrom()::timestamptz) * 1000 / $__interval_ms
        )::float8 AS at,
        sum(price_usd) AS price_usd,
        sum(funding_usd) AS funding_usd,
        sum(fee_usd) AS fee_usd
    FROM booked
    GROUP BY 1
)
SELECT
    slots.at AS "time",
    coalesce(sum(price_usd) OVER in_time, 0) AS price_usd,
    coalesce(sum(funding_usd) OVER in_time, 0) AS funding_usd,
    -coalesce(sum(fee_usd) OVER in_time, 0) AS fees_usd,
    coalesce(sum(price_usd + funding_usd - fee_usd) OVER in_time, 0) AS net_usd
FROM slots
LEFT JOIN binned USING (at)
WINDOW in_time AS (ORDER BY slots.at)
ORDER BY slots.at
