-- What funding brought by asset: received, paid, and how often.
SELECT
    asset,
    count(*) AS payments,
    sum(amount_usd) FILTER (WHERE amount_usd > 0) AS received_usd,
    sum(amount_usd) FILTER (WHERE amount_usd < 0) AS paid_usd,
    sum(amount_usd) AS net_usd
FROM portfolio.funding_payments
WHERE paid_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
GROUP BY asset
ORDER BY net_usd DESC
