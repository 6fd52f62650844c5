-- The newest fills of the range, each beside the price that was decided on.
SELECT
    filled_at,
    asset,
    strategy,
    venue || ' ' || symbol AS market,
    action,
    purpose,
    side,
    quantity,
    price,
    decision_price,
    quantity * price AS traded_usd,
    1e4 * slippage_usd / (quantity * price) AS slippage_bps,
    fee_usd,
    realised_pnl_usd
FROM portfolio.fills
WHERE filled_at BETWEEN $__timeFrom()::timestamptz AND $__timeTo()::timestamptz
ORDER BY filled_at DESC
LIMIT 200
