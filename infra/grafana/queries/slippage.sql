-- What fills of the range were worse by than their decisions, by venue, kind of market and action; weighted by size.
SELECT
    venue,
    CASE WHEN symbol LIKE '%:%-%' THEN 'dated future' WHEN symbol LIKE '%:%' THEN 'perpetual' ELSE 'spot' END AS market,
    action,
    count(*) AS fills,
    sum(quantity * price) AS traded_usd,
    sum(slippage_usd) AS slippage_usd,
    1e4 * sum(slippage_usd) / sum(quantity * price) AS slippage_bps,
    max(1e4 * slippage_usd / (quantity * price)) AS worst_bps,
    1e4 * sum(fee_usd) / sum(quantity * price) AS fee_bps
FROM portfolio.fills
WHERE filled_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
GROUP BY venue, market, action
ORDER BY traded_usd DESC
