-- What funding brought in each interval, and since the range began.
SELECT at AS "time", amount_usd, sum(amount_usd) OVER (ORDER BY at) AS total_usd
FROM (
    SELECT
        date_bin($__interval_ms * interval '1 ms', paid_at, $__timeFrom()::timestamptz) AS at,
        sum(amount_usd) AS amount_usd
    FROM portfolio.funding_payments
    WHERE paid_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
    GROUP BY at
) AS intervals
ORDER BY at
