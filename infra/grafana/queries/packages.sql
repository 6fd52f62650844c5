-- The newest packages of the range, with their legs and what they have earned so far, prices of what is held aside.
SELECT
    packages.package_id::text AS package_id,
    packages.strategy,
    packages.asset,
    packages.tier,
    packages.state,
    packages.opened_at,
    packages.closed_at,
    extract(epoch FROM coalesce(packages.closed_at, now()) - packages.opened_at) / 3600 AS held_h,
    long_leg.venue || ' ' || long_leg.symbol AS long_market,
    long_leg.quantity AS long_quantity,
    short_leg.venue || ' ' || short_leg.symbol AS short_market,
    short_leg.quantity AS short_quantity,
    trades.fills,
    trades.bought_usd,
    packages.realised_pnl_usd,
    packages.slippage_usd,
    packages.funding_usd,
    packages.fees_usd,
    packages.borrow_usd,
    packages.realised_pnl_usd + packages.funding_usd - packages.fees_usd - packages.borrow_usd AS net_usd
FROM (
    SELECT *
    FROM portfolio.packages
    WHERE opened_at <= $__timeTo()::timestamptz
        AND (closed_at IS NULL OR closed_at >= $__timeFrom()::timestamptz)
    ORDER BY opened_at DESC
    LIMIT 200
) AS packages
LEFT JOIN portfolio.package_legs AS long_leg
    ON long_leg.package_id = packages.package_id AND long_leg.role = 'long_leg'
LEFT JOIN portfolio.package_legs AS short_leg
    ON short_leg.package_id = packages.package_id AND short_leg.role = 'short_leg'
CROSS JOIN LATERAL (
    SELECT count(*) AS fills, sum(quantity * price) FILTER (WHERE side = 'buy') AS bought_usd
    FROM portfolio.fills
    WHERE fills.package_id = packages.package_id
) AS trades
ORDER BY packages.opened_at DESC
