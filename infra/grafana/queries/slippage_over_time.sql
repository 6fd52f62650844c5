-- What fills were worse by than their decisions, weighted by size, and how much was traded, by interval.
SELECT
    date_bin($__interval_ms * interval '1 ms', filled_at, $__timeFrom()::timestamptz) AS "time",
    1e4 * sum(slippage_usd) / sum(quantity * price) AS slippage_bps,
    sum(quantity * price) AS traded_usd
FROM portfolio.fills
WHERE filled_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
GROUP BY 1
ORDER BY 1
