-- What each asset's legs, dust and settled coins leave unhedged, at the close of the newest minute, else at what was last
-- paid for it.
WITH held AS (
    SELECT asset, venue, symbol, quantity
    FROM portfolio.packages
    JOIN portfolio.package_legs USING (package_id)
    WHERE closed_at IS NULL AND quantity <> 0
    UNION ALL
    SELECT asset, venue, symbol, quantity FROM portfolio.dust WHERE quantity <> 0
    UNION ALL
    SELECT currency, venue, currency || '/USDT', quantity FROM portfolio.settled_coins WHERE quantity <> 0
),
markets AS (
    SELECT asset, venue, symbol, sum(quantity) AS quantity FROM held GROUP BY asset, venue, symbol
),
priced AS (
    SELECT markets.asset, markets.quantity, coalesce(minute.price, trade.price) AS price
    FROM markets
    LEFT JOIN LATERAL (
        SELECT close::numeric AS price
        FROM portfolio.candles
        WHERE interval = '1m' AND (candles.venue, candles.symbol) = (markets.venue, markets.symbol)
            AND opened_at > $__timeTo()::timestamptz - interval '1 hour'
        ORDER BY opened_at DESC
        LIMIT 1
    ) AS minute ON true
    LEFT JOIN LATERAL (
        SELECT price
        FROM portfolio.fills
        WHERE (fills.venue, fills.symbol) = (markets.venue, markets.symbol)
        ORDER BY filled_at DESC
        LIMIT 1
    ) AS trade ON minute.price IS NULL
)
SELECT asset, sum(quantity) AS delta, max(price) AS price, sum(quantity) * max(price) AS delta_usd
FROM priced
GROUP BY asset
ORDER BY abs(sum(quantity) * max(price)) DESC NULLS LAST, asset
